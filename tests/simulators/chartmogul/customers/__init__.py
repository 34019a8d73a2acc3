"""Customers, their attributes, and how two become one."""
