"""The patterns, one file each; ``segue.gallery.catalogue`` lists them."""
