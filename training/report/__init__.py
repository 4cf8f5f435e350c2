"""How well sentences were tagged, as a page for people: report.html.

evaluate --each sentence--> Cases --describe--> numbers (JSON) --sections--> report.html
                                  --Mistakes--> the error browser's data
"""
