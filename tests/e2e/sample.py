"""sample: of many moments at which something can be tried, as many as there is time for: one out of each
stretch of them, other ones in each run. The choice is printed, and OUTGROW_SAMPLE=N repeats it;
OUTGROW_SAMPLE=all tries every moment there is."""
import os
import random

ASKED = os.environ.get("OUTGROW_SAMPLE", "")
ALL = ASKED == "all"
SEED = 0 if ALL else int(ASKED or random.randrange(1_000_000))


def choose(what, moments, most):
    """`most` of the moments 1 to `moments`, in their order, spread over the whole."""
    most = moments if ALL else min(most, moments)
    rng = random.Random(f"{SEED} {what}")
    chosen = [rng.randrange(part * moments // most, (part + 1) * moments // most) + 1 for part in range(most)]
    if len(chosen) < moments:
        print(f"# {what}: {moments} moments, tried at {chosen}; again with OUTGROW_SAMPLE={SEED}", flush=True)
    else:
        print(f"# {what}: all {moments} moments", flush=True)
    return chosen


def shuffled(what, moments):
    """All moments from 1 to `moments`, in another order each time."""
    order = list(range(1, moments + 1))
    random.Random(f"{SEED} {what}").shuffle(order)
    print(f"# {what}: tried in the order {order[:8]} ...; again with OUTGROW_SAMPLE={SEED}", flush=True)
    return order
