"""Words of one's own, each with a label: evidence that the decoder weighs, never a replacement of what it finds.

file --read_words--> Word, ... --WordBonus.build--> WordBonus --add_to--> emissions, before anything is decoded
"""
