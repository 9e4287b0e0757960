"""Tables of the shop."""
import uuid

from django.contrib.auth.models import User
from django.core.validators import MinValueValidator
from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=40, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")


class Tag(models.Model):
    slug = models.SlugField(primary_key=True)


class Product(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag)
    title = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    stock = models.PositiveIntegerField(default=0, validators=[MinValueValidator(0)])
    views = models.BigIntegerField(default=0)
    weight = models.FloatField(null=True)
    active = models.BooleanField(default=True)
    recommended = models.BooleanField(null=True)
    attributes = models.JSONField(default=dict)
    picture = models.BinaryField(null=True)
    released = models.DateField(null=True)
    opens = models.TimeField(null=True)
    delivery = models.DurationField(null=True)
    seen_from = models.GenericIPAddressField(null=True)
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["category", "-created"])]
        constraints = [models.CheckConstraint(check=models.Q(price__gte=0), name="price_is_no_debt")]


class Order(models.Model):
    customer = models.ForeignKey(User, on_delete=models.PROTECT)
    placed = models.DateTimeField(db_index=True)
    note = models.CharField(max_length=200, blank=True)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    amount = models.SmallIntegerField()

    class Meta:
        unique_together = [("order", "product")]
