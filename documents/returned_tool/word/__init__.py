"""How a Word file is laid out on the page, and what stands where: headings, rows, columns, lists, margins."""
