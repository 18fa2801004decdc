"""What presskeep ships beside its code: the starter list, the spam lexicon, the demo's news site.

In the checkout this folder is also the default archive; what an archive generates is ignored by git.
"""
