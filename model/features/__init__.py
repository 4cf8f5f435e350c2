"""What the network sees of a text, channel by channel.

vocabulary: characters and bigrams to rows.  lexicon: dictionary words at each character (SoftLexicon), in word_sets.
segmentation: which words are likely.  channels: all of them together, text to ids.
"""
