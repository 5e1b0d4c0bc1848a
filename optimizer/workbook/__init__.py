"""A plan as an Excel workbook, and findings marked in the cells of a network workbook."""
