"""What ChartMogul computes: metrics, activities, subscriptions, and when it has."""
