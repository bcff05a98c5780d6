"""What a person sees in Teams: values in, Adaptive Card 1.5 dicts out."""
