"""Claims, fees, payments and exposure."""
