"""What workflows and activities of music say to each other: names, queues, payloads, options.

Rows and plans live in the database; what passes here, and so through histories, is small and of
constant size however long the playlist is.
"""
