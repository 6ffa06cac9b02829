"""Sentences put together from parts: who stands before any predicate, behind any verb or preposition, so that no single wording is learnt."""

LEAD = """|||||Records show that |Per chart, |Today |Apparently, |On arrival, |Of note, |Unfortunately, |According to nursing, |At that point |I believe |We learned that |Staff report that |Overnight
|In short, |As above, |Since then |The nurse noted that |It is unclear whether |Mom says |When |Because |While |Although |Per report, |By the time |Before |After |Now |This morning |Last week |Yesterday
|In summary, |Briefly, |On rounds, |At baseline |It was felt that |The team agreed that |I told them that |As you know, |To recap, |Once again, |Currently |Later, |Then |However, |Also, |Fortunately, |In clinic |At home
|Shortly after, |Plan: |Impression: |Note: |Addendum: |Update: |Subjective: |Assessment: |HPI: |Hospital course: |1. |2. |- |* |A: |S: |Event: |Summary: """.replace('\n', '').split('|')

PATIENT_DOES = """was taken to the operating room and placed supine|was reassured about the results|tolerated the procedure well|had no events overnight|has not had any {symptom}|denies any significant change
|was hospitalized from {date} to {date}|did well after the surgery|was then placed in the lateral position|lives at {street}|is a {age}-year-old {sex} with {dx}|was assessed upon arrival
|was found on the floor|turned {age} last month and still drives|agreed with the plan|wishes to proceed|will call back with questions|was intubated in the field|is followed for {dx}
|was counselled about {drug}|asked about {procedure}|did not show for the appointment|refused {drug} this morning|was last seen on {date}|was admitted with {symptom}|is doing well on {drug}
|presented with {symptom} and {symptom}|underwent {procedure} without complication|was discharged home|has a long history of {dx}|continues to smoke|was started on {drug}|was given {drug} {dose}
|appears comfortable and in no distress|was brought in by ambulance|was transferred to the floor|lives in {city}|moved to {city} last year|works at {org}|retired from {org}|grew up in {city}
|is allergic to {drug}|reports {symptom} since {weekday}|complains of {symptom}|sleeps poorly|eats well|ambulates with a walker|is alert and oriented|was referred for {procedure}|is scheduled for {procedure} on {date}
|expired at {time}|left against medical advice|signed the consent|understands the risks|was seen at {fac}|was sent to {fac}|called the office|is here with {pron} {rel}|came with {R.first}|is married to {R.first}
|and {R.first} were present|and {pron} {rel} understand|, {age}, was seen today|, DOB {date}, was seen|(MRN {mrn}) was seen|does indeed have {dx}|is active and walks daily|has been on {drug}|has improved
|has two children|is single|drinks socially|needs a refill|needs an interpreter|is hard of hearing|may shower|should return in {num} weeks|must not drive|can resume {drug}|could not be reached at {phone}""".replace('\n', '').split('|')

PATIENT_IS_OBJECT = """I saw |I examined |We evaluated |I have personally examined |I personally interviewed |Nursing called about |EMS brought |I discussed this with |I spoke with |I reviewed the films with |We reassured
|I met with |Thank you for referring |Thank you for seeing |Thank you for sending |I had the pleasure of seeing |We will see |Please call |Please contact |I counselled |We admitted |We discharged |I explained to |I told |I asked
|We are treating |I evaluated |Called |Saw |Examined |Spoke with |Met with |Discussed with |Seen for |Consent obtained from |History obtained from |Report on |Results for |Orders for |Printed for |Sample from |Letter to |Note for
|Reminder for |Appointment for |Records of |Copy given to |Teaching done with |Care plan for |Transport for |Visit with |The chart of |The mother of |The family of |The care of |On behalf of |In regard to |Regarding |Re |Concerning """.replace('\n', '').split('|')

OBJECT_TAIL = """.| today.| in clinic.| at bedside.| and agree with the above.| at length.| by phone.| on {date}.| at {time}.| for {dx}.| about {drug}.| regarding {symptom}.| and {pron} {rel}.| and {R.first}.| with {R.first} present.
| and found {symptom}.| with the team.|, who has {dx}.|, a {age}-year-old {sex}.| prior to discharge.| in the PACU.| to our clinic.| for evaluation.| ({mrn}).|: see below.|, {age}{sexs}.| again.| - thanks| in {num} weeks.""".replace('\n', '').split('|')

PROVIDER_IN = """Seen and examined with {v}.|Discussed with {v}.|Case reviewed with {v} of {fac}.|Attending {v}|Service: {service}, Attending {v}|Hospital Day #{num}, Attending: {v}|Resident {v}|Surgeon {v}|Next visit: {date} with {v}.
|Next appointment {date} with {v}|Follow up {date} w/ {v}|Scheduled with {v} at {time}.|Ordered per {v}.|{v} paged at {time}; no call back.|{v} agrees.|{v} was notified.|{v}, {v2}, and {v3} all agreed with the plan.
|{v} and {v2} scrubbed.|Dictated for {v}.|Reviewed with attending {v}.|Under the care of {v}.|Patient of {v}.|Seen by {v} in consultation.|{v} saw {pron2} in consultation.|Anesthesia: {v}|Cleared by {v} for surgery.|Rx by {v}.
|{v} placed the line.|{v} will follow.|{v} recommended {procedure}.|{v} felt this was {dx}.|{v} reviewed the MRI.|{v} is the PCP.|PCP is {v}.|PCP {v} aware.|Primary: {v}|Refer to {v}.|Referred by {v}.|Referral to {v} ({service}).
|Thanks to {v} for the referral.|Per {v}: hold {drug}.|As {v} suggested, we stopped {drug}.|Sent to {v}.|Message routed to {v}.|Signed, {v}|Signed by {v} {date}|{v} {date} {time}|{v} / {v2}|Covering: {v}|On call: {v}
|Nurse: {v}|Given by {v} at {time}.|{v} assisted.|With {v} assisting.|Specimen to {v}.|Read by {v} {date}.|Labs to {v}.|I called {v} at {time}.|{v} returned the call.|Ask {v} about {drug}.|{v} to see.|Awaiting {v}.|S/p {procedure} ({v}, {date}).
|{v} performed the {procedure}.|{procedure} by {v}.|{procedure} with {v} on {date}.|The {procedure} was done by {v} at {fac}.|Attention: {v}|Thank you, {v}|Sincerely,\n{v}|Sincerely,\n\n\n{v}, {cred}\n{fac}|{v}, {cred}\n{fac}\n{street}
|{v}, {cred}  NPI {mrn}|{v}, {cred}, PGY-2|{v}, PGY-{num1}|{v} MS4|{v}, {cred} ({service})|Copies to:\n  {v}, {cred}, {street}, {city}, {st} {zip}\n  {v2}, {cred}|ORDERING: {v} {cred}|I, {v}, have reviewed the chart.""".replace('\n', '').replace('\\n', '\n').split('|')

FACILITY_IN = """Radiology - {f}|{f} - {service}|** {f} EMERGENCY DEPARTMENT **|{f} {service}|{service} Department, {f}|{f}\n{street}\n{city}, {st} {zip}|{f} | {service}|Prior {procedure} from {f} was reviewed.
|Old records from {f} ({date}) were requested.|Dr. {V.last} of {f}|Dr. {V.full} at {f} was called.|Seen at {f}.|ED visit {date}, {f}.|Lives at {f}.|Resident of {f}.|From {f} by ambulance.|Transfer from {f} for {dx}.|Discharge to {f}.
|Born at {f}.|She trained at {f}.|Labs done at {f}.|Follow-up at {f} on {date}.|Films from {f} show {dx}.|Dialysis at {f}.|Rx to {f}, {phone}.|{f} pharmacy called.|He is a nurse at {f}.|works at {f} as an aide|Admitted to {f} from {date}.
|Welcome to {f}.|Thank you for choosing {f}.|{f} Laboratory, {city}, {st}|Site: {f}|presents to {f} with {symptom}.|was evaluated at {f} for {dx}.|well known to {f}|accepted at {f} by {V.tlast}|pending bed at {f}|surgery at {f} in {year}""".replace('\n', '').replace('\\n', '\n').split('|')

PLACE_IN = """works as a machinist at {org} in {city}.|Employed at {org}, {city}.|Drives for {org}.|Lives in {city}.|lives near {city}|Originally from {city}.|Moved from {city} to {city}.|Flew in from {city}.|Vacation in {city}.
|Camping near {city}.|Family in {city}.|Her sister lives in {city}, {state}.|Was living in the {city} area.|Travel to {city} in {year}.|Exposure at {org}.|Fell at work ({org}).|Injured at {org} on {date}.|Owner of {org}.|Retired {org} worker.
|Laid off by {org}.|Student at {org}.|Attends {org}.|Insurance through {org}.|Letter to {org} for work excuse.|Release to {org} on {date}.|Sent from {city}, {st}.|visiting from {city}|a {age}-year-old from {city}|the {city} clinic|our {city} office
|Interview at {org} today.|Attorney at {org}.|Claims: {org}.|Delivered by {org}.|{city} police were called.|Found in {city}.|The trip to {city} went well.|Lives on {streetname}.|House at {street}.|Mail to {street}, {city}.""".replace('\n', '').split('|')
