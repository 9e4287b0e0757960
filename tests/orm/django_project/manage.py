#!/usr/bin/python3
"""manage.py make|write|read|more sqlite:PATH|URL: one step of a Django application on one database.

make: the tables, by migrations. write: rows. read: all rows as JSON. more: one more row of each table
whose keys the database gives."""
import base64
import datetime as dt
import decimal
import json
import pathlib
import sys
import tempfile
import uuid
from urllib.parse import parse_qs, urlsplit

UTC = dt.timezone.utc


def database(where):
    if where.startswith("sqlite:"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": where[len("sqlite:"):]}
    url = urlsplit(where)
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username,
            "HOST": parse_qs(url.query)["host"][0]}


def configure(where, migrations):
    import django
    from django.conf import settings
    here = pathlib.Path(__file__).parent
    sys.path[:0] = [str(here), migrations]
    package = pathlib.Path(migrations) / "shop_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    settings.configure(
        DATABASES={"default": database(where)}, USE_TZ=True, TIME_ZONE="Europe/Berlin",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", SECRET_KEY="x",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MIGRATION_MODULES={"shop": "shop_migrations"},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop"])
    django.setup()


def make():
    from django.core.management import call_command
    call_command("makemigrations", "shop", verbosity=0)
    call_command("migrate", verbosity=0)


def write():
    from django.contrib.auth.models import Group, User
    from shop.models import Category, Line, Order, Product, Tag
    staff = Group.objects.create(name="staff")
    users = [User.objects.create_user(f"user{i}", f"u{i}@example.org", "secret", last_name="Œuvre 😀",
                                      is_staff=i % 2 == 0) for i in range(20)]
    staff.user_set.set(users[::3])
    root = Category.objects.create(name="all")
    kinds = [Category.objects.create(name=f"kind {i}", parent=root if i else None) for i in range(8)]
    tags = [Tag.objects.create(slug=f"tag-{i}") for i in range(5)]
    start = dt.datetime(2021, 12, 31, 23, 30, 0, 123456, tzinfo=UTC)
    for i in range(300):
        product = Product.objects.create(
            key=uuid.uuid5(uuid.NAMESPACE_URL, str(i)), category=kinds[i % 8],
            title=["plain", "", "ÄÖ \"quoted\" 'n' \\ \n two", "日本 😀"][i % 4], price=decimal.Decimal(i * 7) / 100,
            stock=i, views=2 ** 53 + i if i % 2 else -i, weight=None if i % 5 == 0 else i / 7, active=i % 3 == 0,
            recommended=[None, True, False][i % 3],
            attributes=[{}, {"a": [1, 2.5, None], "ü": {"x": True}}, [], "text", 12][i % 5],
            picture=None if i % 4 == 0 else bytes((i + k) % 256 for k in range(i)),
            released=None if i % 6 == 0 else dt.date(1969, 12, 1) + dt.timedelta(days=i * 40),
            opens=None if i % 7 == 0 else dt.time(i % 24, i % 60, 1, i), seen_from=[None, "10.0.0.1", "::1"][i % 3],
            delivery=None if i % 4 == 1 else dt.timedelta(days=i % 9 - 4, microseconds=i),
            created=start + dt.timedelta(minutes=i * 17, microseconds=i))
        product.tags.set(tags[: i % 6])
    for i in range(100):
        order = Order.objects.create(customer=users[i % 20], placed=start + dt.timedelta(hours=i), note="x" * (i % 201))
        for k in range(i % 4):
            Line.objects.create(order=order, product_id=uuid.uuid5(uuid.NAMESPACE_URL, str((i + k) % 300)), amount=k)


def plain(value):
    """For JSON: what the ORM gave, with its type."""
    if value is None or isinstance(value, (bool, int, str, float)):
        return value
    if isinstance(value, (bytes, memoryview)):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, dt.datetime):
        return {"moment": value.astimezone(UTC).isoformat()}
    if isinstance(value, (list, dict)):
        return {"json": json.dumps(value, sort_keys=True)}
    return {type(value).__name__: str(value)}


def read():
    from django.apps import apps
    found = {}
    for model in apps.get_models(include_auto_created=True):
        rows = [[plain(getattr(row, field.attname)) for field in model._meta.concrete_fields]
                for row in model.objects.order_by("pk")]
        found[model._meta.db_table] = rows
    json.dump(found, sys.stdout)


def more():
    from django.contrib.auth.models import User
    from shop.models import Category, Order
    user = User.objects.create_user("one more")
    Category.objects.create(name="one more", parent=Category.objects.get(name="all"))
    Order.objects.create(customer=user, placed=dt.datetime(2024, 1, 1, tzinfo=UTC)).lines.create(
        product_id=uuid.uuid5(uuid.NAMESPACE_URL, "1"), amount=1)


with tempfile.TemporaryDirectory() as migrations_folder:
    configure(sys.argv[2], migrations_folder)
    {"make": make, "write": write, "read": read, "more": more}[sys.argv[1]]()
