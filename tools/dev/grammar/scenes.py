"""Whole short documents of kinds that a general note does not show: run sheets, sign-out lists, pedigrees, transfer forms, work letters, transcripts.
Slots as in notes.py; {who…} are not needed here: a scene names its people itself."""

SCENES = """RUN {code} UNIT {num} {date}\\nPT: {P.comma} {age}{sexs}\\nLOC: {street}, {city}\\nCREW: {V.initials} / {W.full}\\nNARR: Dispatched for {symptom}. Found {P.first} on floor, {R.first} ({rel}) on scene. {drug} {dose} given. Tx to {facs}, report to {V2.tlast}.
EMS REPORT\\nPatient {P.full}\\nChief complaint {symptom}\\nBystander {R.full} states pt collapsed outside {org}. Transported to {fac} by {airamb}. Crew: {W.last}, {V.last}.
Flight: {airamb}, accepting {V.tfull} at {fac}. Family notified: {R.full} {phone}. Sending RN {W.first} {W.last}.
SIGN-OUT {date}\\n12A {P.last} {age}{sexs} {dx}, f/u {lab}. {rel} {R.first} {phone}\\n12B {P2.last} {age}{sexs} {eponym} POD2 ({V.last}). NPO.\\n13 {P3.last} {age}{sexs} s/p {procedure}, {W.last} following\\n14 {P4.last} {age}{sexs} {drug} gtt, d/c to {facs} tmrw
Handoff: {P.last} stable; {P2.last} needs {lab} at {time}; {P3.last} pending bed at {facs}; {P4.last} - call {V.last} if {symptom}.
{num}A {P.comma} - {dx}\\n{num}B {P2.comma} - {Dx}\\n{num}C {P3.comma} - {eponym}, {V.last}
Bed 3: {P.first} {P.li}., {dx}. Bed 4: {P2.last}. Bed 5: empty. Bed 6: {P3.full} ({V.last}).
PEDIGREE: Proband {P.full}. Mother {R.first}, {dx} at {age}. MGF {R2.first}, d. {age}. MGM {R3.first}. Paternal aunt {R4.first}, {eponym}. Sister {R5.first}. Family from {city}.
FOB {R.first} present. MOB {P.first}. Doula {R2.first}. Baby named {R3.first}. CNM {V.full}.
L&D: {P.full}, {age}yo G{num1}P1, admitted {date}. SVD viable male, {R3.first}, {time}. FOB {R.first} cut the cord. {V.tlast} attending; nurse {W.first}.
Both dads, {R.first} and {R2.first}, at bedside. Nanny {R3.first} brings {P.first} to visits. {P.first} attends {school}.
WELL CHILD: {P.first} is here with {R.first} and {R2.first}. Teacher at {school}, {R3.tlast}, reports {symptom}.
To whom it may concern: {P.full} was seen on {date} and may return to {school} on {date}. Please excuse {R.first} {P.last} from work at {org}. {V.full}, {V.cred}
TO WHOM IT MAY CONCERN:\\n\\n{P.tfull} is under my care and may return to work at {org} on {date} with no lifting.\\n\\n{V.full}, {V.cred}\\n{fac}
Work status report. Employer: {org}. Injured worker: {P.full}. Adjuster: {R.full} {phone}. Treating: {V.full}, {V.cred}, {fac}.
{P.first} was hurt at {org} when a pallet fell. Supervisor {R.first} {R.last} drove {P.pron} to {facs}.
Interfacility transfer: sending {fac}, receiving {fac}. Accepting MD: {V.full}. Transport by {airamb}. Pt {P.comma}.
Transfer from {facs} to {facs} for {procedure}. {V.tlast} ({service}) accepted; {W.last} gave report to {V2.first}.
Hospice IDG: {P.tfull}, dx {dx}. {rel} {R.first} exhausted; respite at {facility2} {date}. MSW {W.first}, RN CM {V.first} {V.li}., SC {R2.first} {R2.last}.
DEATH NOTE: {P.full} pronounced at {time} by {V.tlast}. Next of kin {R.full} ({rel}) at bedside. {funeral} notified. Organ network: {R3.first}.
Decedent: {P.comma}. Body released to {funeral}, {city}. Death certificate to {V.full}, {V.cred}.
HOME HEALTH VISIT. Agency {agency}. Pt {P.full}, {street}. Caregiver {R.first}. Dog named {petname}. Wound care done. {W.full}, {W.cred}
Discharge home with {agency}. DME by {org}. Oxygen from {org}. Follow up {V.last}.
DISPOSITION: HOME WITH {agency}. {R.first} AND {R2.first} TO ASSIST. FOLLOW UP WITH DR. {V.last}.
Referred to {agency} for skilled nursing; intake RN {W.first} {W.last} confirmed. Meals by {org}.
SOCIAL WORK: {P.first} goes by {P.nick}. Staying with a friend, {R.first}, in {city}. Partner {R2.first} does not know the address. Children {R3.first} ({num}) and {R4.first} ({num}) attend {school}. Hearing at {court} on {date}.
Pt lives at {facility2} with roommate {R.first}. POA is {R2.full} of {city}. {P.first} worked at {org} for years. Caseworker {R3.full}, {phone}.
Probation officer {R.full}, {court}. Sponsor {R2.first}. {P.first} attends meetings at {org}. Incident at {facs} last {weekday}.
Officer {R.last} of {org} brought {P.first} from {court}. Judge {R2.last} signed the order. Attorney {R3.full}.
PSYCH: {P.com} {P.last} is doing well. {P.com}'s mother, {R.com}, and stepfather {R2.com} {R.last} joined. {R3.com} (sister) may visit in {month}. Mood good. {V.full}, PsyD.
{R.com} and {R2.com} came with {P.com}. {P.com} has hope and joy in the future. I will see {P.com} in {month}. {V.com} {V.comlast}, LCSW
{P.comlast} to see {V.comlast}. {P2.comlast} had brown sputum; {P3.comlast} feels strong. {P.titleonly} {P.comlast} is long overdue for {procedure}.
PROBLEM LIST - {P.comma} - updated {date} by {W.first}\\n1. {Dx}\\n2. {Dx} ({V.last})\\n3. {eponym}\\n4. s/p {procedure} {year}, {V.last}, {facs}\\n5. Social: spouse {R.first}; works @ {org}
RESEARCH VISIT: subject {P.initials}, coordinator {W.full}, PI {V.full}. {drug} {dose}. Sponsor {org}. Site: {fac}.
PT EVAL: {P.full}. Referring: {V.full}, {V.cred}. {P.first} is a seamstress at {org} in {city}. {eponym} positive. Emergency: {R.first} ({rel}). {W.full}, PT, DPT
DENTAL: Pt {P.tlast} recall {date}. {procedure} with {V.tlast} / asst {W.first}. Ins {plan}. {R.first} also due.
OPTOMETRY: {P.first} {P.last} referred by {V.last} of {fac}. Frames from {org}. OD {num}. Next {date} {W.first}.
VA PRIMARY CARE NOTE  AUTHOR: {V.comma}  STATUS: COMPLETED\\n{P.comma} is a {age} yo veteran. Clinic: {fac}. Lives in {city}. /es/ {V.full}, {V.cred}
Tumor board: {P.comma}, presenter {V.last}. Present: {W.last}, {V2.last}, {V3.last}. Path by {V2.full} at {fac}. Recommend {procedure} ({W.last}).
ICU: {P.last} bed {num}. Family mtg w/ {rel} {R.first} & POA {R2.full}. Attending {V.last}; fellow {W.last}; resident {V2.last}. {eponym} placed.
SURGEON: {V.comma} ; FIRST ASSIST: {W.full} ; CIRC: {V2.first} ; ANES: {V3.last}\\nPT: {P.comma}\\nThe family, {R.first} and {R2.first}, were updated.
Procedure by {V.last} ({fac}), films read by {W.last}. {eponym}, {eponym} and {eponym} were used. {drug} given by {V2.first}.
FACSIMILE TO: {org}  FROM: {W.full}, {W.cred}\\nRE: {P.comma}\\nRequesting stay at {facility2}. Attending {V.last}. If received in error notify {facs}.
{org}\\n{street}\\n{city} {st} {zip}\\n\\nDear {P.full},\\nYour claim for services at {fac} was reviewed by {V.full}, M.D.\\nSincerely,\\n{R.initials} {R.last}
From {city}. Fell at {org}. Seen at {facs}. {V.last} aware. {rel} {R.first} en route from {city}.
Performed at {reflab}, {street}, {city} {st} {zip}. Director: {V.full}, MD
Specimen sent to {reflab}; {W.first} called with result; {V.last} notified.
Rx sent to {org} on {streetname}. {P.first} picks up at {org} in {city}. Ride by {org}.
Doctor: Hi, you must be {P.first}?\\nPatient: Yes, everybody calls me {P.nick}.\\nDoctor: I'm Doctor {V.last}. My scribe {W.first} is here too.\\nPatient: My {rel} {R.first} moved to {city}.\\nDoctor: Do you still work at {org}?\\nPatient: No, {R2.first} does. I go to {facs} now.\\nNurse: Can you sit up, {P.first}?
DOCTOR: How is {R.first}?\\nPATIENT: Good. {R.first} and {R2.first} drove in from {city}.\\nDOCTOR: Say hi to {R2.first}. Nurse {W.first} will be in.\\nPATIENT: Thanks, {V.tlast}.
[nurse] can you spell that for me ?\\n[patient] sure it's {P.spell} .\\n[nurse] okay {P.first} , and who's with you ?\\n[patient] this is my {rel} , {R.first} .\\n[nurse] hi {R.first} , doctor {V.last} will be right in .
Nurse: Good morning, any pain?\\nPatient: So, my back. I told {V.tlast}.\\nNurse: Will {R.first} pick you up?\\nPatient: May do. {R2.first} has the car.\\nDoctor: Right, let me look, {P.first}.
Patient: Well, um, it started in {city}. {R.first} said go to {facs}.\\nDoctor: Okay. And {R.first} is your {rel}?\\nPatient: No, {R2.first} is.
Aloha {V.tlast}, please send {drug} to the {org} in {city}. My {rel} {R.first} says I snore. We travel to {city} for {R2.first}'s wedding. Mahalo, {P.first}
hi its {P.first} {P.last} again. {R.first} has a fever. can {V.last} call me, or {W.first}? we are at {R2.first}'s place in {city}
{P.first} here. went to {facs} last nite bc of {symptom}. they gave {drug}. do i still see {V.tlast} {weekday}? ty
Msg from {R.first} ({P.first}'s {rel}): {P.first} out of {drug}. Please send to {org}. - {W.first}
addendum: spoke with {P.tlast}'s {rel} {R.first}. will call {V.tlast} in am. -{W.initials}
Re: Mrs. {P.full}. You will recall that she is married to {R.first} and lives near {city}. I have started {drug}. Miss {W.last}, our nurse, will ring her. With kind regards, {V.full}
{fac}\\n{street}\\n{city}, {st} {zip}\\n\\n{V.full}, {V.cred}\\n{fac}\\n{street}\\n{city}, {state} {zip}\\n\\nDear {V.first},\\n\\nThank you for sending {P.tfull} to {facs}. {P.tlast} came with {R.first}.
Visitors today: {R.first}, {R2.first} and {R3.first} from {org}. Cards from {school}. {P.first} smiled at {R.first}.
Tattoo "{R.first} forever" on left arm. Bracelet reads "{R2.first}". Answers to {P.nick}. Wallet card from {org}.
Q1 name? {P.full}\\nQ2 who referred you? {V.tlast} at {facs}\\nQ3 employer/school? {org}\\nQ4 city? {city}\\nQ5 emergency contact? {R.full}
Name              MRN        Room   Attending\\n{P.comma}   {mrn}   301A   {V.last}\\n{P2.comma}   {mrn}   301B   {W.last}\\n{P3.comma}   {mrn}   303    {V.last}
Date   Provider   Site\\n{date}   {V.last}   {facs}\\n{date}   {W.last}   {facility2}\\n{date}   {V2.last}   {fac}
{date} {V.last} {facs}; {date} {W.last} {facility2}; next {date} w/ {V2.last}
Immunizations given by {W.initials} at {org}; {drug} lot {code}. Consent: {R.full} ({rel}).
Travel: {city} ({date}), then {city}. Cruise with {R.first} and {R2.first}. Sick contact: {R3.first} at {school}.
Diet: {R.first} cooks. {P.first} likes tamales from {org}. {W.first} {W.last}, RD, met with {P.first} and {R.first}.
Interpreter {W.first} used for {P.first} and {R.first}. {P.first} from {city}, here since {year}. Works nights at {org}, days at {org}.
ETHICS: {P.full}'s surrogate is {R.full}; {R2.full} disagrees. Present: {V.tlast}, {W.tlast}, chaplain {R3.last}.
Legal: guardian {R.full}, {court} case {code}. Letter from {R2.full} of {org}. {P.first} under conservatorship of {R.last}.
Pathology: case {code}, submitted by {V.last}, {facs}. Second opinion {W.full}, {fac}. {eponym} seen.
IMPLANT by {org}. Rep {R.first} {R.last} in room. {eponym} guide. {V.last} scrubbed with {W.last}, {V2.first} circulated.""".splitlines()

AGENCY = """{city} Visiting Nurses|{city} Home Care|{last} Home Health|Gentle Hands Home Care|{city} VNA|Prairie Home Nursing|Golden Heart Caregivers|Comfort Hands Hospice|{last} & {last} Senior Helpers|Angel Wings Home Health|Bright Path Nursing|
Trusted Hearts Home Care|{city} Area Agency on Aging|Sunrise Visiting Nurse Service|At Home Nursing of {city}""".replace('\n', '')
AIR = """AirCare {num}|{city} Air|Guardian Flight|LifeStar|Life Flight|{last} Ambulance|{city} Fire|{city} EMS|Medic {num}|MedStar|Angel {num}|REACH|Mercy Air|{city} Fire Rescue|StarCare|Skyhealth|{last} Medical Transport"""
COURT = """{city} Family Court|{last} County Superior Court|{city} Municipal Court|{last} County Circuit Court|{city} Drug Court|{last} County Jail|{city} Probate Court|{city} Police|{last} County Sheriff"""
SCHOOL = """{last} Elementary|{city} Elementary|{city} High|{last} Middle School|{city} Academy|St. {first} School|Little {thing} Daycare|{thing} Montessori|{city} Head Start|{last} Prep|{city} State|University of {city}|{thing} Learning Center|{city} Community College|
{city} Union High School|Our Lady of {thing} School|{last} Technical Institute|Tiny {thing} Preschool""".replace('\n', '')
FUNERAL = """{last} Funeral Home|{last} & Sons|{last} Mortuary|{last}-{last} Funeral Chapel|{city} Cremation|{last} Brothers Mortuary|{last} and {last}|Neptune of {city}"""
REFLAB = """{city} Reference Laboratory|{last} Laboratories|{last} Diagnostics|{city} Pathology Associates|Bio{thing} Labs|{city} Regional Lab|Gen{thing}|{last} Genetics|{city} Blood Center"""
FACILITY2 = """{thing} Manor|{thing} Gardens|Villa {first}|{thing} SNF|{city} Rehab|{thing} Memory Care|{last} House|{city} Care Center|The {thing}s|{thing} Village|{city} Nursing & Rehab|{thing} Terrace|Casa {thing}|{city} LTAC|{thing} Assisted Living|
{last} Place|{thing} at {city}|{city} Veterans Home|{thing} Hospice House|Vista {thing}""".replace('\n', '')
SHORT = """{city} General|{last} Memorial|{city} Memorial|{thing} General|{city} Med Ctr|ST. {FIRST} MED CTR|{last} Clinic|{city} Peds|{city} ENT|{last} Eye|{city} Ortho|{last} CBOC|{city} VA|{thing} Surgical|{city} Women's|{city} Heart|{last} Regional|{thing} County|St. {first}'s|
Saint {first}|{city} Baptist|{city} Methodist|{thing} Family|{city} Urgent Care|{last} Derm|{city} Pulm|{city} Neuro|{last} Dialysis|{city} Kidney|OSH {city}|{city} ER|{thing} Health|{last} Health|Banner {city}|Sutter {city}|Kaiser {city}|Mercy {city}|{city} University|
{last} Institute|{city} Indian Hospital|{city} Childrens|U of {city}|{city} State Hospital|{city} Walk-In|{last} Medical|{city} Oncology|{city} Pain""".replace('\n', '')
THING = """Oak Maple Cedar Willow Magnolia Juniper Laurel Heather Acorn Sparrow Robin Heron Falcon Eagle Dove Lark Star Moon Sun Dawn Harbor Bay Ridge Summit Canyon Mesa Prairie Meadow Brook River Lake Spring Rainbow Lighthouse Anchor
    Beacon Harvest Garden Orchard Valley Pine Aspen Birch Fern Clover Iris Lotus Palm Cypress Coral Pearl Amber Crystal Silver Copper Granite Haven Grace Hope Mercy Faith Serenity Providence Angels Hearts Hands Bridges Pathways Horizon
    Sunrise Sunset Evergreen Rosewood Ivy Briar Thistle Wren Finch Otter Bear Bison Elk Fox Salmon Dolphin""".split()
PETS = 'Max Bella Biscuit Luna Charlie Daisy Rocky Coco'.split()
COMPANY = """{last} {trade}|{city} {trade}|{thing} {trade}|{last} & {last} {trade}|{first}'s {trade}|{thing} & {thing}|{last}'s|{city} {thing}|{thing}works|{last} Brothers {trade}|La {thing} {trade}|El {last}|{last} Co-op|Duke {trade}|{last} of {city}|{thing} {thing} {trade}|{city} {trade} & {trade}|
{last} {trade} Inc|US {trade}|{city} Public {trade}|{letters} {trade}|{first} {last} {trade}|{last}Corp|{thing}Tech|{thing} Mart""".replace('\n', '')
TRADE = """Energy Coal Power Transit Paving Masonry Drywall Lumber Cannery Orchards Winery Dairy Poultry Fisheries Shipyard Tool_and_Die Fabricators Foundry Upholstery Cabinets Tile Glass Signs Printing Press Gazette Radio Theater Museum Zoo Library Parks Schools
    Utilities Water Gas Wireless Cable Freight Movers Towing Cab Bus Lines Airways Marine Outfitters Nursery Florist Bakery Deli Grill Cafe Diner Pizza Tacos Market Foods Pharmacy Drugs Optical Salon Spa Gym Fitness Yoga Cleaners Laundry Tailors
    Jewelers Pawn Hardware Feed Tractor Equipment Rentals Storage Realty Homes Apartments Properties Bank Credit Mortgage Insurance Law Accounting Tax Consulting Security Patrol Staffing Temps Software Data Labs Robotics Aerospace Defense Steel Tube Wire Plastics Rubber Chemical Paint""".split()
MONTH = 'may june april august january march september'.split()
