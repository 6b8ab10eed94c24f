"""The bundle for the Operator Lifecycle Manager: from the chart and the kinds."""
