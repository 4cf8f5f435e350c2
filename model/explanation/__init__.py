"""Why a text was tagged as it was: other taggings, the probability of each tag, and what the network saw.

text --explain--> Explanation --terminal, page, to_json--> for people and programs
"""
