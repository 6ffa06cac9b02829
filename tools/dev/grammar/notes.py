"""Templates of the generated notes. {P.last} is the patient, {R.…} a relative or friend, {V.…} a provider, {W.…} a second provider; the part after the
dot is a form of people.Person. {fac} {facs} {city} {state} {st} {zip} {street} {org} are places; {date} {phone} {mrn} … are identifiers that rules
find and the model must step over. Forms ending in * keep one value for the whole note."""

HEADERS = """Patient: {P.full}|Patient Name: {P.full}|Name: {P.full}|Pt: {P.comma}|PATIENT NAME: {P.comma}|NAME: {P.comma}|Patient Name:  {P.comma}   MRN: {mrn}
{P.comma}|{P.full}|{P.comma}  MRN {mrn}  DOB {date}|{P.full} ({mrn})|{P.comma} | {date} | {mrn}|Re: {P.full}|RE: {P.full}, DOB {date}|Regarding: {P.full}
Patient: {P.full}    DOB: {date}    MRN: {mrn}|Name: {P.full}   Age: {age}   Sex: {sexl}|Last Name: {P.last}   First Name: {P.first}|Last: {P.last} First: {P.first} MI: {P.mi}
Patient ID: {mrn}  Name: {P.comma}  Sex: {sexl}|SUBJECT: {P.full}|Client: {P.full}|Client Name: {P.comma}|Resident: {P.full}, Room {num}|Consumer: {P.full}
Member: {P.full}  Member ID: {mrn}|Decedent: {P.full}|Infant: Baby Boy {P.last}|BABY GIRL {P.last}|Mother: {R.full}|Child's name: {P.full}|Preferred name: {P.nick}
Preferred Name: {P.nick}    Legal Name: {P.full}|AKA: {P.nick}|a.k.a. {P.quoted}|Alias: {P.nick} {P.last}|Maiden name: {R.last}|Formerly: {P.first} {R.last}
Referring Physician: {V.full}, {V.cred}|REFERRING PHYSICIAN: {V.full}, {V.cred}|Attending: {V.full}|ATTENDING PHYSICIAN:  {V.full}, {V.cred}|Attending: Dr. {V.last}
Surgeon: {V.full}, {V.cred}|SURGEON:  {V.full}, {V.cred}|ASSISTANT: {W.full}, {W.cred}|Assistants: {V.last}, {W.last}|Anesthesiologist: {W.full}, {W.cred}|ANESTHESIA: General, by Dr. {W.last}
PCP: {V.full}|PCP: Dr. {V.last}|PCP: {V.comma}, {V.cred}|Primary Care Provider: {V.full}, {V.cred}|Provider: {V.comma}|Ordering Provider: {V.comma} {V.cred}|Ordered by: {V.full}
Dictated by: {V.full}, {V.cred}|DICTATED BY: {V.full}|Transcribed by: {W.initials}|Interpreted by: {V.full}, {V.cred}|Read by: {V.last}|Reviewed by {V.full}, {V.cred} on {date}
Electronically signed by {V.full}, {V.cred} on {date}|Electronically Signed By: {V.comma}|E-signed: {V.full} {date}|Signed: {V.full} {V.cred}|/s/ {V.full}, {V.cred}|/es/ {V.full}
Authenticated by {V.full} {V.cred}|Cosigned by: {W.full}, {W.cred}|Resident: {W.full}, {W.cred}|Scribe: {W.full}|Scribed for {V.full}, {V.cred} by {W.full}|Author: {V.full}
Technologist: {W.full}|Tech: {W.first} {W.last}|Pathologist: {V.full}, {V.cred}|Radiologist: {V.full}, {V.cred}|Nurse: {W.full}, {W.cred}|RN: {W.first} {W.li}.|Charge nurse: {W.first}
cc: {V.full}, {V.cred}|CC: {V.full}, {V.cred}; {W.full}, {W.cred}|cc: Dr. {V.last}, Dr. {W.last}|Copy to: {V.full}|Cc: {V.comma}; {W.comma}|xc: {V.full}, {W.full}|Carbon copy: Dr. {V.full}
Case Manager: {W.full}, {W.cred}|Social Worker: {W.full}, {W.cred}|Interpreter: {W.full} (ID {num})|Therapist: {W.full}, {W.cred}|Midwife: {W.full}, {W.cred}|Doula: {W.full}
Emergency Contact: {R.full} ({rel}) {phone}|Emergency contact: {R.full}, {rel}, {phone}|Next of Kin: {R.full}|NOK: {R.full} ({rel})|Spouse: {R.full}|Guardian: {R.full}|Mother's name: {R.full}
Guarantor: {R.comma}|Guarantor Name: {R.full}|Subscriber: {R.full}|Insured: {R.comma}  Relationship: {rel}|POA: {R.full} ({rel})|Healthcare proxy: {R.full}, {rel}|Father of baby: {R.full}
Responsible Party: {R.full}|Accompanied by: {R.full} ({rel})|Informant: {rel}, {R.first}|Historian: {R.full}|Contact: {R.first}|Lives with: {R.first} ({rel})|Caregiver: {R.full}|Witness: {R.full}
Facility: {fac}|Hospital: {fac}|{fac}|Location: {fac}|Site: {fac}|Clinic: {fac}|FACILITY: {fac}|Department: {fac} {service}|Transferring facility: {fac}|Outside hospital: {fac}|Lab: {fac}
Pharmacy: {fac}, {phone}|Preferred pharmacy: {fac} on {streetname}|Referred to: {fac}|Discharged to: {fac}|Admitted from: {fac}|Place of service: {fac}|SNF: {fac}|School: {fac}
Address: {street}, {city}, {st} {zip}|Address: {street}|ADDRESS: {street}  {city}, {st}  {zip}|Home Address: {street}, {city} {st}|Mailing address: {street}, {city}, {state} {zip}|City: {city}
{street}|{city}, {st} {zip}|{city}, {state} {zip}|{street}, {city}, {st} {zip}|City/State: {city}, {st}|Birthplace: {city}, {state}|Place of Birth: {city}|County of residence: {city}|Residence: {city}, {st}
Employer: {org}|EMPLOYER: {org}|Employer Name: {org}  Phone: {phone}|Occupation: welder at {org}|Employer/School: {org}|Place of employment: {org}|Company: {org}|Works at: {org}|Occupation: nurse, {fac}
Consulting: {V.full}, {V.cred} ({service})|CONSULTANT: {V.full}, {V.cred}|Consultants: Dr. {V.last} ({service}), Dr. {W.last} ({service})|Requesting MD: {V.last}|Requested by: Dr. {V.full}|Consulting physician: {V.last}
To: {V.full}, {V.cred}|From: {W.full}, {W.cred}|TO: {V.full}|FROM: {P.full}|To: {P.full}|From: {R.full} on behalf of {P.full}|To: {fac} Records|Fax to: {V.full} at {phone}|Attn: {W.full}|ATTN: {W.full}, {service}
Subject: {P.last} appointment|Subject: Lab results for {P.full}|Subject: Re: {P.comma}|Subject: FW: {R.first} and {P.first}|Caller: {R.full}, {rel}|Call from: {R.full}|Taken by: {W.first}|Message for: Dr. {V.last}
Spoke with: {R.full}|Seen by: {V.full}|Seen by: {V.last}/{W.last}|Verified by: {W.initials}|Given by: {W.initials}|Team: {V.last}, {W.last}|Primary Nurse: {W.first}|Accepting MD: {V.last}|Admitting: {V.last}, {V.first}
Author: {V.last}, {V.first} {V.mi}.|Performed By: {V.comma} ({date})|Result note by {W.full}|Verified: {W.last}, {W.cred}|Responsible provider: {V.comma} [{num}]|Filed by: {W.comma}|Encounter provider: {V.comma}, {V.cred}""".replace('\n', '|')

NARRATIVE = """{P.tlast} is a {age}-year-old {sex} with {dx} who presents with {symptom}.
{P.full} is a {age}-year-old {sex} who was admitted to {fac} on {date} with {dx}.
{P.full} is a {age} y.o. {sex} with {dx} and {eponym}.
{P.first} is a {age} year old {race} {sex} seen today for {symptom}.
{P.first} {P.last} returns today for follow-up of {pron} {dx}.
{P.tlast} was seen in clinic on {date} for {dx}.
{P.tlast} was seen and examined with {V.tlast} on rounds.
{P.tlast} underwent {procedure} by {V.tlast} on {date}.
I had the pleasure of seeing {P.tfull} in consultation today.
Thank you for referring {P.tfull} for evaluation of {symptom}.
We saw your patient, {P.full}, in our clinic on {date}.
As you know, {P.first} is a delightful {age}-year-old {sex} with {dx}.
{P.tlast} reports {symptom}. {P.tlast} denies {symptom}.
{P.first} reports that {pron} {symptom} has improved.
{P.first} says the {drug} is helping. {P.first} continues to have {symptom}.
{P.first} has been taking {drug} {dose} {freq} since {pron} last visit.
{P.first}'s mother, {R.first}, reports {symptom} for {num} days.
{P.tlast}'s {rel} {R.first} was present for the visit.
{P.tposs} {symptom} improved with {drug}.
{P.first} was tearful and stated, "{R.first} never listens to me."
Patient's {rel}, {R.full}, was at bedside and was updated.
The patient's {rel} ({R.full}, {phone}) was called and notified.
The patient lives with {pron} {rel} {R.first} in {city}.
The patient lives at {street} in {city} with {rel} {R.first} and a dog named Max.
Lives in {city}, {state} with {pron} {rel}.
{P.first} lives in {city} and works at {org}.
{P.tlast} works for {org} as a machinist and lives in {city}.
Employed by {org} for {num} years. Retired from {org} in {year}.
She is a teacher at {org}. He drives a truck for {org}.
Works at {org} in {city}. Formerly employed with {org}.
{P.first} moved here from {city} {num} years ago. Born in {city}, raised in {city}, {state}.
Recently traveled to {city} and {city}. Just got back from {city}.
He grew up in {city} and attended school in {city}.
Originally from {city}. Family is in {city}. Commutes to {city} daily.
Driving from {city} to see us. The accident happened near {city}.
The patient was transferred from {fac} for higher level of care.
Transferred to {fac} via ambulance. Records from {fac} were requested.
She was seen at {fac} ED on {date} for {symptom}.
Prior {procedure} at {fac} in {year} by {V.tlast}.
Outside films from {fac} were reviewed with {V.tlast}.
He was hospitalized at {facs} last month for {dx}. OSH records from {facs} pending.
She delivered at {facs} in {year}. He gets dialysis at {fac} on MWF.
Discharged to {fac} for rehab. Accepted by {V.tlast} at {fac}.
Prescription sent to {fac} on {streetname}.
Case discussed with {V.tlast} of {service}. {V.tlast} agrees with the plan.
{V.tlast} was consulted and recommended {drug}. {V.tlast} will see the patient in the morning.
{V.tfull} of {service} saw the patient and felt that {dx} was likely.
The case was reviewed with {V.tlast} and {W.tlast}.
Discussed with {V.last} ({service}) who recommends {procedure}.
d/w {V.last}, ok to start {drug}. Paged {W.last} x2. {service} ({V.last}) aware.
Per {V.last}, continue {drug} {dose}. Per {V.tlast} hold {drug}.
Per {W.first} in {service}, pt refused {drug}.
Follow up with {V.tlast} in {num} weeks. Follow-up: {V.full}, {V.cred}, {service}, {date}.
Follow up with {V.full}, {V.cred} at {fac} on {date} at {time}.
f/u {V.last} 2 wks. f/u w/ {V.tlast} re {dx}. Appt with {V.last} {date}.
Appointment with {V.full} on {date}. Call {phone} to reschedule with {W.first}.
{P.tlast} will be seen by {V.tlast} at {fac}.
The patient is followed by {V.tlast} for {dx} and by {W.tlast} for {eponym}.
Patient's cardiologist is {V.tfull}; {pron} PCP is {W.tfull} in {city}.
Assisted by {W.full}, {W.cred}. Anesthesia was administered by {W.tlast}.
Report given to {W.first}, {W.cred}. Received report from {W.first} {W.li}., {W.cred}.
Report called to {W.full} at {fac}. Handoff to {W.first} at {time}.
Critical value called to {W.full}, {W.cred} by {V.initials} at {time} and read back.
Results were communicated to {V.tlast} by phone at {time} on {date}.
Findings discussed with {V.full}, {V.cred}, at {time}.
{W.full}, {W.cred}, at bedside. {W.first} from {service} came by to see {P.first}.
{W.first} {W.last} {W.cred} reviewed the discharge instructions with {P.first} and {R.first}.
Medication list was reviewed with {P.first} and {pron} {rel}.
{R.first} called to say that {P.first} has {symptom} again.
{R.full} ({rel}) called; {pron} {rel} has had {symptom} since {weekday}. Please call {R.first} at {phone}.
Spoke with {R.tlast} regarding {dx}. {R.tlast} verbalized understanding.
{R.first} and {P.first} have been married for {num} years. {R.first} is the primary caregiver.
{P.first} has two children, {R.first} and {R2.first}. {pronc} sister {R2.first} has {eponym}.
Children: {R.first} ({age}), {R2.first} ({num}). Siblings: {R2.first}, {R3.first} and {R.first}.
Family meeting held with {R.full}, {R2.full} and {V.tlast}. {R2.first} asked about hospice.
Daughter {R.first} is POA. Son {R2.first} lives in {city}. Brother-in-law {R3.first} provides transportation.
Father: {R.first}, age {age}, healthy. Mother: {R2.first}, {age}, {dx}.
His {rel}, {R.tfull}, has {dx} and was seen at {fac}.
{P.first} attends {org}. Her teacher, {R.tlast}, is concerned about {symptom}.
His boss, {R.first} {R.last}, and the union at {org} approved leave until {date}.
Attorney {R.full} of {org} requested records. Letter sent to {R.tfull} at {street}, {city}, {st} {zip}.
Pastor {R.last} visited. Officer {R.last} of {org} took the statement. Judge {R.last} ordered evaluation.
Visitors: {R.first}, {R2.first}. Friend {R.first} to drive home. Neighbor {R.full} found the patient down.
Ex-{rel2} {R.first} has custody. Boyfriend {R.first} present. Roommate, {R.first}, states pt drank. Fiancé {R.first} at bedside.
{P.last} tolerated the procedure well. {P.last} was extubated and transferred to the ICU.
{P.last} to OR with {V.last}. {P.last} stable overnight. {P.last} afebrile.
{P.first} is doing well. {P.first} slept through the night. {P.first} was discharged home with {R.first}.
{P.first} tolerated {drug} and was able to walk with {R.first}.
When asked about {symptom}, {P.first} became upset. I told {P.first} to stop {drug}.
I explained to {P.first} and {R.first} that {dx} is treatable. {P.first} agreed. I called {P.first} back at {time}.
Today {P.first} looks better. Unfortunately {P.first} has {dx}. At this time {P.tlast} wishes to go home.
Gave {P.first} {drug} for {symptom}. Asked {R.first} to bring {P.first} back in {num} days. Will see {P.first} again {date}.
Mrs. {P.last}, {P.age}, c/o {symptom}. Mr. {P.last} c/o {symptom}. Ms. {P.last} states "I feel fine."
{P.initials} is a {age}-year-old {sex}. {P.initials} reports {symptom}.
{P.quoted} presents with {symptom}. Patient goes by {P.nick}. {P.nick} is in good spirits.
Known as "{P.nick}" to {pron} family. {pronc} name is {P.full}. Preferred name is {P.nick}.
Baby {P.last} was born at {fac} to {R.full}, a {age}-year-old G2P1. Baby boy {P.first} is feeding well.
{P.comma} was seen on {date}. Seen by: {V.comma}. {P.comma} (DOB {date}) no-showed.
Dear {V.tlast}: {P.tlast} was seen today. Dear {P.first}, your results are normal. Dear {P.tlast}:
Hi {P.first}, your {lab} came back normal. - {V.tlast}. Thanks, {W.first}
Hello {V.tlast}, I am out of {drug}. Can you refill it? {P.first} {P.last}
Hi, this is {R.first}, {P.first}'s {rel}. {P.first} still has {symptom}. Thanks! {R.first}
Good morning {V.tlast}, {P.first} woke up with {symptom}. Should we come in? Sincerely, {R.full}
{V.tlast}, please advise. {W.first} please schedule. Forwarded to {W.first}. Thx {W.first}. Routed to {V.last}.
Sincerely, {V.full}, {V.cred}. Best, {W.first}. Respectfully, {V.full}. Warm regards, {W.full}, {W.cred}
I, {P.full}, consent to {procedure} by {V.tlast}. I, {V.full}, attest that I examined {P.tlast}.
I was present with {W.tlast} (resident) and agree with {pron} findings. {V.full}, {V.cred}.
Attending addendum: I saw and examined {P.tlast} with {W.tlast}. Agree with above. {V.last}
The history was obtained from {R.first} ({rel}) because {P.first} is nonverbal. Interpreter {W.full} used.
Dr {V.last} called at {time}. DR. {V.last} NOTIFIED. Doctors {V.last} and {W.last} at bedside. Drs. {V.last} and {W.last} scrubbed.
Surgery was performed by Drs. {V.last}, {W.last} and {V2.last}. {V.last}/{W.last} following.
{V2.full}, {V2.cred}; {V.full}, {V.cred}; and {W.full}, {W.cred} attended the tumor board.
Nurse {W.last} removed the Foley. Nurse {W.first} notified. RN {W.first} {W.last} at bedside. CNA {W.first} helped {P.first} to the bathroom.
{eponym} was discussed with {V.tlast}. {V.tlast} placed a {eponym}. {P.tlast} has {eponym}.
Dr. {V.ep} removed the Foley. {P.titleonly} {P.ep} has Parkinson's disease. Dr. {V.ep} repaired it.
{P.com} was seen today. I saw {P.com} in clinic. {P.com} may go home in May. {rel} {R.com} will help.
{P.com} {P.last} was admitted with {dx}. {P.first} {P.comlast} is a {age} year old {sex}. Mr. {P.comlast} has brown sputum.
Mailed to {street}, {city}, {st} {zip}. Home health to visit at {street}. Picked up at {street} by EMS. Lives on {streetname}.
Please send records to {fac}, {street}, {city}, {st} {zip}, attention {W.full}.
Fell at the corner of {streetname} and {streetname}. MVA on {streetname}. Found down at {street}.
Contact {R.first} at {email} or {phone}. {P.first}'s email is {email}. MyChart message from {R.first}.
Insurance: {plan} (subscriber {R.full}, group {mrn}). Claims to {org}, {street}, {city} {st} {zip}.
{P.full}, {age}{sexs}, {mrn}: {dx}, on {drug}. {P.last}, {P.first}, rm {num}: {dx}, {symptom}.
Pt {P.last} in {num}A requesting pain meds. Bed 12 {P.last}: d/c today. {num}: {P.last}, {age}{sexs}, POD 2 s/p {procedure}, {V.last}.""".splitlines()

SPOKEN = """hi , {P.first} . how are you ?
hi , {P.tlast} , it's good to see you again .
good morning {P.first} , i'm {V.tlast} .
hey {P.first} , how are you doing today ?
okay , {P.first} , let me take a listen to your lungs .
so , {P.first} is a {age}-year-old {sex} here with {symptom} .
{P.first} {P.last} , date of birth {date} , is here for {dx} .
i'm here with {P.first} {P.last} , a {age}-year-old {sex} with {dx} .
well , {P.first} , i think we should get an mri of your {anatomy} .
all right {P.first} , i'll see you in {num} weeks .
thank you , {V.tlast} .
my {rel} {R.first} made me come in today .
{R.first} , my {rel} , has been helping me a lot .
i went hiking with {R.first} and {R2.first} last weekend .
doctor {V.last} told me to stop the {drug} .
i saw {V.tlast} over at {fac} last month .
we just moved here from {city} , so it's been crazy .
i work over at {org} , on the line .
my daughter {R.first} lives out in {city} .
i was over in {city} visiting my grandkids , {R.first} and {R2.first} .
so i'm gonna refer you to doctor {W.last} , she's wonderful .
okay , bye {P.first} . take care of yourself , and say hi to {R.first} for me .
i live on {streetname} in {city} .
no , doctor {W.last} , not yet .
{P.first} , have you had any {symptom} ?
this is {V.tlast} dictating on {P.tlast} , that's spelled {P.spell} .
we'll have {W.first} , our nurse , come in and draw your blood .
my name is {P.first} {P.last} and i'm calling about my {lab} .
can i speak to {W.first} please , this is {R.first} {R.last} .
i used to go to {fac} but they closed .""".splitlines()

FOREIGN = """{num2} {s}straße|{s}straße {num2}|{s}gatan {num2}|{s}vej {num2}|{s}katu {num2}|Rua {s} {num2}|Calle {s}, {num2}|C/ {s} {num2}|Via {s} {num2}|Rue {s} {num2}|{num2}, rue de {s}|{s} utca {num2}.|
{num3} ul. {s} {num2}|ulica {s} {num2}|{s}laan {num2}|{s}straat {num2}|{num3} {s} Road|Av. {s} {num2}|Avenida {s} {num3}|{s} u. {num2}.|{num2} {s}veien|Trg {s} {num2}|{num2} Travessa {s} {num3}|{num3} {s} Crescent|
{num2} {s} Close|{num2} {s} Gardens|{s} weg {num2}|{num2} {s} Parade|Psc {num3}, Box {num3}|{num3} {s}|{num3} {s} {num2}|{num3} {s}tie""".replace('\n', '').split('|')

GENERAL = """{foreign}
The address of {org} is {foreign}
{P.full}\n\n{foreign}
Name: {P.full}\nAddress: {foreign}
Please return to {foreign} in case of an issue.
{R.first} had given {P.first} his address: {foreign}
We'll meet {weekday} at {foreign}
The restaurant is at {foreign}, ask for {P.first}.
{P.titleonly} {P.full} {foreign}
{R.first}: What did {P.first} say?\n{R2.first}: Nothing.
{R.first} shouted at {P.first}: "What are you doing here?"
A band of three founders: {P.last}, {R.last} and {R2.last}.
Unlike the {R.last} novel, this one is about work.
You can tell {P.first} was a huge {R.full} fan.
Everyone calls me {P.nick}. As promised, here's {P.first}'s address.
{P.full} will be talking at the conference. {P.full} has received the award.
{P.full}'s passport number was given to {R.full}. Password for user {P.full} was reset.
{P.first}, {R.first} and {R2.first} went to {city} with {R3.full}.
{P.full}, {R.full}, {R2.full}
My name is {P.full} and I live in {city}.
My name is {P.first}. I'm {P.full}.
My name appears incorrectly on my card; could you please correct it to {P.full}?
I'm moving to {city} next month. Is there an office near {street}?
Please change my address to {street}, {city}, {st} {zip}.
You can reach {P.full} at {phone} or {email}.
{P.full} lives at {street}, {city}, {state}.
{P.full} was born in {city} and has been a member of {org} since {year}.
{R.full} and {P.full} are getting married in {city}.
{P.full}'s social security number is on file. {P.first}'s card was declined.
Meet me at {street} after work, {R.first}.
What is the balance on {P.full}'s account?
{org} hired {P.full} as its new director.
As {R.full} from {org} wrote to {P.full}, the contract ends {date}.
I once lived in {city}. Now I live at {street} with {R.first}.
Send the package to {P.full}, {street}, {city} {zip}.
{P.full} ({email}) reported a leak of {R.full}'s data to {org}.
{street}
{P.full}
{org}, {street}, {city}
{city} is a lovely place, said {R.first}.
How do I get from {city} to {city}?
The invoice from {org} was sent to {P.tfull} by mistake.
Does {R.first} {R.last} still work at {fac}?
{P.titleonly} {P.last} asked whether {R.titleonly} {R.last} had arrived.
The {fac} emailed {P.full} the wrong bill for {R.full}.
{V.tfull} uploaded {P.full}'s scans without permission.
Who's coming to the clinic with me tomorrow? {R.first}? {R2.first}?
{P.full}
{street}
{city}, {st} {zip}
Hey {R.first}, did you hear that {P.first} left {org}?
{R.full}, {age}, of {city}, said the {org} plant closed.
Just posted a photo with {R.first} and {R2.first} in {city}!
Account holder: {P.full}. Username {email}. Employer {org}.
{P.full}, a {age}-year-old from {city}, filed a complaint against {fac}.
The conference in {city} was hosted by {org}; {V.full} and {R.full} spoke.
"{P.first} is late again," {R.first} told {R2.first}.
Your appointment with {V.tfull} at {fac} is confirmed for {date}.
Student: {P.full}, School: {org}, Guardian: {R.full}
When did {P.first} {P.last} sign the lease with {R.full}?""".splitlines()

# What may stand instead of words of any prose, ours or a report's. Group 1, where there is one, stays in front.
REWRITES = [
    (r'\b(?:The|This) patient(?= [a-z])', ['{P.subject}', '{P.subject}', '{P.first}', '{P.full}', '{P.last}']),
    (r'\b(?:the|this) patient(?= [a-z])', ['{P.tlast}', '{P.first}', '{P.full}', '{P.tfull}', '{P.last}']),
    (r"\b[Tt]he patient's(?= [a-z])", ["{P.tlast}'s", "{P.first}'s", "{P.full}'s"]),
    (r'(?<![A-Za-z])(?:He|She)(?= (?:is|was|has|had|will|does|did|denies|reports|states|also|lives|works|continues|takes|tolerated|came|went)\b)',
     ['{P.first}', '{P.tlast}', '{P.first}', '{P.full}']),
    (r'\b((?:[Hh]is|[Hh]er|[Tt]heir|[Tt]he|and|My|my) (?:wife|husband|spouse|partner|mother|father|mom|dad|daughter|son|sister|brother|aunt|uncle|niece|nephew|friend|neighbor|girlfriend|'
     r'boyfriend|grandmother|grandfather|cousin|guardian|caregiver|roommate|fiancé|wife|husband|parents))(?=[ ,.;])(?! (?:side|in law))',
     [' {R.first}', ', {R.first},', ' ({R.first})', ', {R.full},', ' {R.full}', ' {R.first} {R.last}', ', {R.tlast},']),
    (r'\b([Mm]other|[Ff]ather|[Ww]ife|[Hh]usband|[Dd]aughter|[Ss]on|[Ss]ister|[Bb]rother)(?= (?:is|was|has|had|died|states|reports|with)\b)', [' {R.first}', ' ({R.first})', ', {R.full},']),
    (r'\b((?:seen|evaluated|examined|followed|treated|performed|ordered|prescribed|consulted|reviewed|cleared|recommended|dictated|referred|placed|done|read) by )(?:anesthesia|cardiology|neurology|the '
     r'surgeon|surgery|psychiatry|me|us|the ED physician|orthopedics|GI|ENT|urology|physical therapy|pulmonary|oncology)', ['{V.tlast}', '{V.tfull}', '{V.full}, {V.cred}', '{V.last}', '{V.full}']),
    (r'\b((?:follow up|followup|follow-up|discussed|consultation|appointment|spoke|met) with )(?:the patient|the family|her|his|PCP|primary care|oncology|cardiology|neurology|the surgeon|me|us)\b',
     ['{V.tlast}', '{V.tfull}', '{V.full}', '{R.first}', '{P.first} and {R.first}', '{V.last}']),
    (r'\b((?:to|at|from|in|of) )(?:the hospital|the emergency room|the emergency department|an outside hospital|outside hospital|the nursing home|our facility|this facility|the clinic|rehab|our clinic|our '
     r'institution|another hospital|hospital)\b', ['{fac}', '{fac}', '{facs}', '{fac} in {city}']),
    (r'\b((?:[Ll]ives|[Rr]esides|[Ll]iving|stays) )(?:with|alone|in|at)\b', ['in {city} with', 'at {street}, {city} with', 'in {city}, {state} with', 'near {city} with', 'with {R.first} in']),
    (r'\b((?:[Ww]orks|[Ww]orked|working|employed|retired) )(?:as|in|full time|full-time|from|part-time)\b', ['at {org} as', 'for {org} in', 'with {org} as', 'at {fac} as', 'for {org}, {city}, as']),
    (r'\b((?:moved|came|traveled|returned|drove|travel|trip) (?:here )?(?:to|from) )(?:the|home|his|her|a)\b', ['{city} and the', '{city}, {st}, and the', '{fac} and the']),
]
SPOKEN_REWRITES = [
    (r'\b(?:okay|alright|all right|so|well|yeah|thanks|hi|hey|hello|and|um)(?= [,.]? ?[a-z])', ['okay {P.first}', 'alright {P.first}', 'so {P.first}', 'hey {P.first}', 'well {P.first}', 'hi {P.first} ,', 'thank you {P.first}',
                                                                                        'okay , {P.tlast} ,', 'thanks doctor {V.last}', 'and {R.first}']),
    (r'(?<= )(?=(?:and|so|but|have|did|do|can|let|tell|any|then|we|you|i)\b)', ['{P.first} ', '{P.first} , ', ', {P.first} , ', '{P.tlast} ', '{R.first} ', '{P.first} ']),
    (r'(?<=[a-z])$', [' {P.first}', ' , {P.first}', ' , {P.tlast}', ' {R.first}']),
]

TABLES = ["{drug}   {dose}   {freq}   {V.last}   {date}", "{date}   {lab}   {num}   {V.initials}", "{P.comma}   {mrn}   {date}   {V.last}", "{num}. {P.last}, {P.first}\t{age}\t{dx}\t{V.last}",
          "{R.full}\t{rel}\t{phone}\t{city}", "{V.full}, {V.cred}   {service}   {phone}", "{date} {time}  {W.initials}  {drug} {dose} given", "| {P.full} | {date} | {dx} | {V.full} |",
          "{procedure}   {year}   {fac}", "{fac}   {city}, {st}   {phone}", "{P.last}^{P.first}^{P.mi}", "{date} office visit {V.last}; {date} ED, {fac}; {date} telephone call to {R.first}."]

# Columns of generated tables: heads, and what stands under them.
COLUMNS = [('Provider|PROVIDER|Ordered By|ORDERED BY|Physician|MD|Nurse|By|Given by|Clinician|Attending', ['{V.last}', '{V.last}', '{V.full}', '{V.comma}', '{V.initials}', '{W.last}', '{V.last} {V.cred}']),
           ('Date|DATE|Collected|Time|Visit date|Dose date', ['{date}', '{date} {time}']), ('Medication|MEDICATION|Drug', ['{drug}']), ('Dose|DOSE|Amount', ['{dose}']),
           ('LAST NAME|Last|Surname|Pt', ['{P.last}']), ('FIRST NAME|First', ['{P.first}']), ('Patient|NAME|Name|Patient Name|PATIENT', ['{P.comma}', '{P.full}', '{P.last}', '{P.last} {P.first}', '{R.comma}', '{R.full}']), ('MRN|ID|Chart #', ['{mrn}']),
           ('Relationship|Relation|REL', ['{rel}']), ('Contact|Name|Emergency contact|Family member|NEXT OF KIN', ['{R.full}', '{R.first}', '{R.comma}']), ('Phone|PHONE|Tel', ['{phone}']),
           ('Facility|Location|SITE|Hospital', ['{fac}', '{facs}']), ('City|CITY|Town', ['{city}']), ('Test|Lab|COMPONENT', ['{lab}']), ('Result|VALUE|Wt', ['{num}', '{num} kg', '{num} lb']),
           ('Diagnosis|DX|Problem', ['{dx}', '{Dx}', '{eponym}']), ('Procedure|PROCEDURE', ['{procedure}']), ('Room|ROOM|Bed', ['{num}-B', '{num}']), ('Age|AGE', ['{age}']), ('Employer|EMPLOYER', ['{org}']),
           ('DOB|BIRTH DATE', ['{date}']), ('Status|Comment|NOTE', ['stable', 'Final', 'pending', 'Completed', 'Refused', 'Active']), ('Freq|SIG', ['{freq}'])]

TITLES = """DISCHARGE SUMMARY|Discharge Summary|HISTORY AND PHYSICAL|Admission Note|ADMISSION HISTORY & PHYSICAL|Progress Note|PROGRESS NOTE|Nursing Note|NURSING SHIFT ASSESSMENT|Shift Report
RADIOLOGY REPORT|CT Head Without Contrast|MRI LUMBAR SPINE|X-RAY CHEST 2 VIEWS|SURGICAL PATHOLOGY REPORT|Cytology Report|TELEPHONE ENCOUNTER|Phone Note|CONSULTATION|Consultation Note
OPERATIVE REPORT|Operative Note|PROCEDURE NOTE|Portal Message|MyChart Message|Secure Message|Letter|Referral|REFERRAL LETTER|Problem List|Medication Reconciliation|E-mail|Discharge Instructions
AFTER VISIT SUMMARY|Social Work Note|SOCIAL WORK ASSESSMENT|ED Triage Note|EMERGENCY DEPARTMENT REPORT|EMS Run Sheet|Physical Therapy Evaluation|OT Daily Note|Speech Language Pathology|Dietitian Note
Hospice Visit|Home Health Certification|Well Child Check|Prenatal Visit|Labor and Delivery Note|Psychotherapy Note|PSYCHIATRIC EVALUATION|Group Therapy|Case Management|Death Summary|Autopsy Report
Sleep Study|EEG Report|Echocardiogram|STRESS TEST|Cardiac Catheterization|Colonoscopy Report|Dental Note|Optometry|Immunization Record|Laboratory Report|Sign-out|Handoff|Tumor Board|IME Report""".replace('\n', '|')

RELATIONS = """wife husband spouse partner mother father mom dad daughter son sister brother grandmother grandfather aunt uncle cousin niece nephew friend neighbor girlfriend boyfriend
    fiancée granddaughter grandson stepmother stepfather daughter-in-law son-in-law guardian caregiver roommate ex-wife foster_mother twin""".split()
