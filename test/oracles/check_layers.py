"""SafeLayer: curves and angles, counts of refusals under scaled layers, and what was chosen from both."""

def check_layers(run, model): pass
