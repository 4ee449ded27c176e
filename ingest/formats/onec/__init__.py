"""1C:Enterprise over OData: the mapping of entities to contracts, as data beside this file, and how it reads records.

``mapping`` reads and checks the data, ``answers`` tells what a file holds, ``reading`` takes values out of a record.
"""
