"""Clinical prose of the generated notes that names nobody: what a model must leave alone. Capitalised words, eponyms, drugs and devices abound."""

DRUGS = """Lasix Plavix Coumadin Lipitor Norvasc Zocor Nexium Prilosec Protonix Synthroid Glucophage Metformin Lisinopril Metoprolol Atenolol Aspirin Tylenol Motrin
    Percocet Vicodin Norco Dilaudid Morphine Fentanyl Ativan Xanax Valium Klonopin Zoloft Prozac Lexapro Celexa Wellbutrin Effexor Cymbalta Paxil Seroquel Zyprexa
    Risperdal Abilify Haldol Depakote Lamictal Keppra Dilantin Tegretol Neurontin Lyrica Topamax Sinemet Aricept Namenda Lantus Humalog Novolog Levemir Januvia Victoza
    Ozempic Trulicity Jardiance Farxiga Eliquis Xarelto Pradaxa Lovenox Heparin Brilinta Entresto Coreg Toprol-XL Cardizem Digoxin Amiodarone Imdur Nitroglycerin Bumex
    Aldactone Zestril Diovan Cozaar Benicar Hydrochlorothiazide Crestor Zetia Flomax Proscar Avodart Detrol Ditropan Vesicare Advair Symbicort Spiriva Albuterol Ventolin
    Atrovent Singulair Flonase Zyrtec Claritin Allegra Benadryl Prednisone Medrol Solu-Medrol Decadron Humira Enbrel Remicade Methotrexate Plaquenil Keflex Ancef Rocephin
    Levaquin Cipro Bactrim Augmentin Amoxicillin Zithromax Vancomycin Zosyn Unasyn Cefepime Flagyl Clindamycin Doxycycline Diflucan Valtrex Acyclovir Tamiflu Epogen
    Neupogen Neulasta Taxol Carboplatin Cisplatin Adriamycin Cytoxan Rituxan Herceptin Avastin Arimidex Tamoxifen Femara Lupron Zometa Fosamax Boniva Actonel Prolia
    Colace Senokot MiraLAX Dulcolax Reglan Zofran Phenergan Compazine Pepcid Zantac Carafate Maalox Imodium Versed Propofol Ketamine Etomidate Rocuronium Lidocaine
    Marcaine Xylocaine Toradol Celebrex Ultram Flexeril Soma Baclofen Robaxin Lomotil Warfarin Gabapentin Allopurinol Colchicine Hydralazine Clonidine Labetalol
    Spironolactone Pantoprazole Omeprazole Sertraline Trazodone Melatonin Ambien Lunesta Restoril Adderall Ritalin Concerta Strattera Vyvanse Suboxone Methadone Narcan""".split()
EPONYM = """Parkinson's_disease Alzheimer's_disease Alzheimer_dementia Crohn's_disease Hodgkin's_lymphoma non-Hodgkin_lymphoma Graves'_disease Hashimoto's_thyroiditis
    Addison's_disease Cushing's_syndrome Bell's_palsy Guillain-Barré_syndrome Down_syndrome Turner_syndrome Marfan_syndrome Ehlers-Danlos_syndrome Sjögren's_syndrome
    Raynaud's_phenomenon Wegener's_granulomatosis Kawasaki_disease Huntington's_chorea Tourette_syndrome Asperger's_syndrome Lou_Gehrig's_disease Wilson's_disease
    Barrett's_esophagus Zenker's_diverticulum Meckel's_diverticulum Hirschsprung's_disease Mallory-Weiss_tear Dupuytren's_contracture Paget's_disease Peyronie's_disease
    Osgood-Schlatter_disease Legg-Calvé-Perthes_disease Colles_fracture Jones_fracture Bennett's_fracture Lisfranc_injury Charcot_joint Baker's_cyst Morton's_neuroma
    Hill-Sachs_lesion Bankart_lesion Ewing's_sarcoma Wilms'_tumor Kaposi's_sarcoma Burkitt's_lymphoma Merkel_cell_carcinoma Bowen's_disease Lyme_disease Chagas_disease
    Hansen's_disease Ludwig's_angina Prinzmetal's_angina Wolff-Parkinson-White_syndrome Brugada_syndrome Takotsubo_cardiomyopathy Eisenmenger_syndrome Wenckebach_block
    Ebstein's_anomaly Chiari_malformation Arnold-Chiari_malformation Dandy-Walker_malformation Horner's_syndrome Brown-Séquard_syndrome Creutzfeldt-Jakob_disease
    Wernicke's_encephalopathy Korsakoff_syndrome Ménière's_disease Munchausen_syndrome Stevens-Johnson_syndrome Henoch-Schönlein_purpura Goodpasture's_syndrome
    Berger's_disease von_Willebrand_disease Gaucher_disease Tay-Sachs_disease Gilbert's_syndrome Caroli_disease Budd-Chiari_syndrome Whipple's_disease Fournier's_gangrene
    Asherman's_syndrome Stein-Leventhal_syndrome Bartholin's_cyst Sheehan's_syndrome Braxton_Hicks_contractions Noonan_syndrome Prader-Willi_syndrome Fabry_disease
    Murphy's_sign McBurney's_point Rovsing's_sign Homans'_sign Babinski_sign Romberg_test Tinel's_sign Phalen's_test Lachman_test McMurray's_test Trendelenburg_position
    Trendelenburg_gait Fowler's_position Valsalva_maneuver Kernig's_sign Brudzinski's_sign Chvostek's_sign Trousseau's_sign Cullen's_sign Grey_Turner's_sign Kussmaul_respirations
    Cheyne-Stokes_respirations Apgar_scores Glasgow_Coma_Scale Braden_score Wells_score Ranson's_criteria Child-Pugh_class_B Mallampati_class_II Gleason_score Breslow_depth
    Clark_level_IV Bishop_score Tanner_stage_III Epworth_Sleepiness_Scale Beck_Depression_Inventory Hamilton_scale Norton_scale Rankin_score Karnofsky_score Fitzpatrick_type_II
    Foley_catheter Swan-Ganz_catheter Hickman_catheter Penrose_drain Jackson-Pratt_drain Blake_drain Hemovac_drain Kelly_clamp Kocher_clamp Allis_clamp Babcock_clamp
    Mayo_scissors Metzenbaum_scissors Adson_forceps DeBakey_forceps Bovie_electrocautery Weitlaner_retractor Richardson_retractor Deaver_retractor Army-Navy_retractor
    Balfour_retractor Bookwalter_retractor Gelpi_retractor Steri-Strips Kerlix_gauze Ace_wrap Yankauer_suction Macintosh_blade Miller_blade Ambu_bag Bair_Hugger Veress_needle
    Hasson_trocar Cobb_elevator Freer_elevator Kirschner_wires Steinmann_pin Bankart_repair Nissen_fundoplication Whipple_procedure Billroth_II Roux-en-Y_gastric_bypass
    Hartmann's_pouch Pfannenstiel_incision Kocher_incision McBurney_incision Mohs_surgery Bentall_procedure Maze_procedure Fontan_procedure Kasai_procedure Ivor_Lewis_esophagectomy
    Lichtenstein_repair Bassini_repair Burch_procedure Heimlich_maneuver Epley_maneuver Ringer's_lactate Lactated_Ringer's Gram_stain Coombs_test Papanicolaou_smear Pap_smear
    Bence_Jones_protein Wright_stain Giemsa_stain Doppler_ultrasound Holter_monitor Bruce_protocol Simpson's_method Cobb_angle Bosniak_cyst Schmorl's_node Hounsfield_units
    Circle_of_Willis Bundle_of_His Purkinje_fibers Hesselbach's_triangle Cooper's_ligament Poupart's_ligament Scarpa's_fascia Camper's_fascia Gerota's_fascia Denonvilliers'_fascia
    ligament_of_Treitz sphincter_of_Oddi ampulla_of_Vater Morison's_pouch pouch_of_Douglas Stensen's_duct Wharton's_duct Eustachian_tube Fallopian_tubes Achilles_tendon
    Gissane_angle Lister's_tubercle Gerdy's_tubercle Broca's_area Meckel's_cave Waldeyer's_ring Peyer's_patches Kupffer_cells Reed-Sternberg_cells Auer_rods Howell-Jolly_bodies
    Heinz_bodies Lewy_bodies Mallory_bodies Hassall's_corpuscles Heberden's_nodes Bouchard's_nodes Janeway_lesions Osler's_nodes Roth_spots Kayser-Fleischer_rings
    Koplik_spots Virchow's_node Sister_Mary_Joseph_nodule Dix-Hallpike_test Weber_test Rinne_test Snellen_chart Ishihara_plates Amsler_grid Schirmer_test Goldmann_perimetry
    Hoffmann's_sign Spurling's_test Hawkins_test Neer's_sign Finkelstein's_test Ortolani_maneuver Barlow_test Galeazzi_sign Thompson_test Apley_test Patrick's_test
    Ober's_test Thomas_test Allen's_test Buerger_disease Levine's_sign Austin_Flint_murmur Still's_murmur Graham_Steell_murmur Kerley_B_lines Hampton's_hump Westermark_sign""".split()
HEADS = """Chief_Complaint History_of_Present_Illness Past_Medical_History Past_Surgical_History Social_History Family_History Medications Current_Medications Home_Medications
    Allergies Review_of_Systems Physical_Examination Vital_Signs General HEENT Neck Chest Lungs Heart Cardiovascular Respiratory Abdomen Gastrointestinal Genitourinary
    Extremities Musculoskeletal Neurologic Neurological Psychiatric Skin Lymphatic Endocrine Hematologic Laboratory_Data Labs Imaging Radiology Assessment Plan
    Assessment_and_Plan Impression Recommendations Hospital_Course Discharge_Diagnosis Discharge_Medications Discharge_Instructions Disposition Condition_on_Discharge
    Follow-up Procedure Preoperative_Diagnosis Postoperative_Diagnosis Anesthesia Estimated_Blood_Loss Complications Specimens Findings Indications Technique Comparison
    Description_of_Procedure Clinical_History Gross_Description Microscopic_Description Final_Diagnosis Comment Diet Activity Code_Status Immunizations Birth_History
    Developmental_History Mental_Status_Examination Diagnostic_Impression Subjective Objective Reason_for_Visit Reason_for_Consultation Reason_for_Referral Interval_History
    Problem_List Consent Drains Implants Tourniquet_Time Fluids Urine_Output Counts Wound_Care Nutrition Functional_Status Goals Treatment_Plan Prognosis ROS PE PMH PSH SH FH HPI
    CC A/P Meds Ob_History Gynecologic_History Safety Education Barriers_to_Learning Precautions Equipment Living_Situation Prior_Level_of_Function Addendum Summary""".split()
ANATOMY = """left_knee right_hip lumbar_spine cervical_spine abdomen chest left_shoulder right_ankle pelvis brain right_breast left_lower_lobe liver spleen pancreas right_kidney
    bladder prostate uterus left_ovary colon stomach esophagus thyroid neck left_wrist right_hand foot sinus orbit aorta carotid_artery left_anterior_descending_artery
    mitral_valve right_ventricle left_atrium femoral_head tibial_plateau rotator_cuff medial_meniscus median_nerve sciatic_nerve gallbladder appendix duodenum sigmoid_colon""".split()
DX = """hypertension diabetes_mellitus type_2_diabetes hyperlipidemia coronary_artery_disease congestive_heart_failure atrial_fibrillation COPD asthma pneumonia GERD
    hypothyroidism osteoarthritis rheumatoid_arthritis depression anxiety bipolar_disorder schizophrenia migraine seizure_disorder stroke TIA dementia chronic_kidney_disease
    end-stage_renal_disease urinary_tract_infection pyelonephritis cholelithiasis acute_appendicitis diverticulitis small_bowel_obstruction pancreatitis cirrhosis hepatitis_C
    breast_cancer lung_cancer prostate_cancer colon_cancer multiple_myeloma leukemia anemia deep_vein_thrombosis pulmonary_embolism cellulitis osteomyelitis sepsis
    herniated_disk spinal_stenosis sciatica carpal_tunnel_syndrome rotator_cuff_tear hip_fracture otitis_media sinusitis tonsillitis sleep_apnea obesity gout lupus
    multiple_sclerosis neuropathy glaucoma cataract macular_degeneration psoriasis eczema acne melanoma basal_cell_carcinoma preeclampsia endometriosis menorrhagia BPH""".split()
SYMPTOM = """chest_pain shortness_of_breath abdominal_pain nausea vomiting diarrhea constipation headache dizziness syncope fever chills fatigue weakness numbness tingling
    back_pain neck_pain knee_pain cough wheezing palpitations edema weight_loss night_sweats dysuria hematuria blurred_vision rash itching sore_throat ear_pain insomnia
    anxiety poor_appetite bleeding bruising leg_swelling difficulty_swallowing heartburn memory_loss falls tremor hearing_loss""".split()
PROCEDURE = """appendectomy laparoscopic_cholecystectomy coronary_angiography colonoscopy upper_endoscopy total_knee_arthroplasty hip_replacement hysterectomy cesarean_section
    cataract_extraction inguinal_hernia_repair lumbar_laminectomy carotid_endarterectomy CABG pacemaker_placement bronchoscopy tonsillectomy thyroidectomy mastectomy
    skin_biopsy bone_marrow_biopsy MRI_of_the_brain CT_of_the_abdomen chest_x-ray echocardiogram stress_test EKG EEG lumbar_puncture dialysis radiation_therapy
    chemotherapy physical_therapy arthroscopy cystoscopy circumcision tubal_ligation vasectomy wound_debridement skin_graft""".split()
SERVICE = """Cardiology Neurology Gastroenterology Nephrology Pulmonology Infectious_Disease Endocrinology Rheumatology Hematology Oncology Dermatology Urology General_Surgery
    Orthopedics Orthopaedic_Surgery Neurosurgery Vascular_Surgery Plastic_Surgery Ophthalmology Otolaryngology ENT Psychiatry Anesthesia Emergency_Medicine
    Internal_Medicine Family_Medicine Pediatrics Geriatrics Physical_Therapy Occupational_Therapy Speech_Therapy Social_Work Case_Management Palliative_Care Pain_Management
    Interventional_Radiology Pathology Wound_Care Nutrition Pharmacy Respiratory_Therapy Hospitalist_Service Labor_and_Delivery ICU Intensive_Care_Unit Emergency_Department
    Emergency_Room Operating_Room PACU Recovery_Room Telemetry Medical_Records Admissions Surgery Medicine Critical_Care Trauma""".split()
LABS = """Sodium Potassium Chloride Bicarbonate BUN Creatinine Glucose Calcium Magnesium Phosphorus WBC Hemoglobin Hematocrit Platelets INR PTT Troponin BNP AST ALT Alkaline_Phosphatase
    Bilirubin Albumin Lipase Amylase TSH Free_T4 Hemoglobin_A1c LDL HDL Triglycerides PSA CEA Ferritin Vitamin_D Vitamin_B12 Folate ESR CRP Lactate D-dimer Urinalysis""".split()
CAP_WORDS = """Patient Doctor Nurse Physician Surgeon Provider Hospital Clinic Mother Father Wife Husband Family Insurance Medicare Medicaid Caucasian Hispanic African American Asian White
    Black Christian Catholic Jewish Muslim English Spanish Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
    October November December Christmas Thanksgiving Easter Type Stage Grade Class Level Page Note Date Time Room Bed Unit Floor Continue Discontinue Start Stop Follow Return
    Call Discussed Reviewed Unable Denies Reports States Notes Presents Appears Alert Oriented Stable Improved Unchanged Negative Positive Normal Abnormal Mild Moderate Severe Left
    Right Bilateral Anterior Posterior Status Post Daily Twice Once Weekly Prior None Yes No Unknown Pending Final Corrected Copy Confidential Signed Electronically""".split()
PLAIN_CAPS = """TAB CAP SOLN INJ PRN PO IV IM SQ BID TID QID QHS NPO DNR DNI ROM WNL NAD PERRLA EOMI RRR CTAB NSR STEMI NSTEMI DVT PE MI CVA CHF CAD ESRD IDDM OSA PTSD ADHD OCD GCS
    BMI EF LVEF RVSP EMG NCV MRA CTA PET DEXA HIDA ERCP TEE TTE LAD RCA CABG PTCA AICD TPN PICC PEG ETT LMA BIPAP CPAP SNF LTAC HIPAA POLST CPT ICD NPI DEA""".split()

# {drug} {dx} {symptom} {anatomy} {procedure} {service} {lab} {eponym} {num} {pct} {size} {dose} {freq} {head} {age} {side} {cap} {abbr} {Sex} {sex}
EPONYM_HEADS = """disease|syndrome|sign|test|maneuver|procedure|repair|catheter|drain|clamp|forceps|retractor|scissors|criteria|score|scale|classification|fracture|lesion|tumor|palsy|reflex|position
|incision|approach|tuck|flap|anastomosis|osteotomy|grommet|tube|needle|probe|blade|point|triangle|ligament|duct|node|nodes|body|bodies|cell|cells|stain|protocol|method|technique|hernia|cyst|anomaly
|phenomenon|murmur|gait|contracture|arteriosclerosis|pouch|loop|shunt|valve|stent|graft|suture|knot|dressing|bandage|brace|collar|splint|diet|formula|index|angle|line|lines|ring|rings|spots|crisis""".replace('\n', '')
DEVICE_HEADS = """stent|catheter|graft|mesh|pump|pacemaker|plate|screw system|implant|lens|suture|sling|dressing|software|tube|scaffold|device|balloon|wire|sheath|cage|gel|cream|tablets|inhaler|patch|monitor|system
|cushion|walker|needle|stapler|trocar|retractor|cement|prosthesis|component|liner|drain|coil|filter|valve|port|oxygenator|table|scanner|laser|probe|clip|clips|sealant|sponge|wrap|brace|hearing aid""".replace('\n', '')

PROSE = """Grasped with {epo} and {epo} clamps. The edges were grasped with {epo} on both sides. Positive {epo} with a positive pivot shift. {epo}, {epo} and {epo} negative.
{epo} was placed. {epo} scissors were used. {epo} and {epo} retractors. A {epo} was used to dissect. {epo} negative bilaterally. RLE ultrasound with {epo}. {epo} x2. {epo} in place.
Dressed with Xeroform, 4x4s, {brand} and {epo}. Known {epo}. No {epo} or {epo}. {epo}'s was absent. Head circumference 18 in. {epo} exam normal. By {epo} technique. {epo} 2/4.
{ab} ok. {ab} nl. {ab} {num}, {ab} {num}/{num}. {ab} agrees. {ab} aware. {ab} seen. {ab} stable.
{ab}: {ab} and {ab} neg. {ab} done, {ab} to follow. {ab} per {ab}. {ab} at bedside. {ab} given at {time}. {ab} by {ab}.
{ab} {num} {ab} {num} {ab} {num}. Pt {ab}, {ab}. {ab} x{num}. s/p {ab}. w/ {ab}. c/o {ab}. {ab} vs {ab}. h/o {ab}.
BP ok. HR ok. VSS. Afebrile. NAD. {ab} today. Seen with {ab}. Called {ab}. Discussed with {ab}. Plan per {ab}. {ab} in place. {ab} {date}.
ok. done. ready. test 12345. form {num}. item {num}: ok. note saved. see {ab}. page 2. end. {ab}
{term} was noted. {term} and {term2} of the {side} {anatomy}. {term} is absent.
{term}: {term2}, {term2}. {term} unremarkable. {term} was suctioned free of blood.
{term} in {letters}. {letters} was called. {letters} has been ruled out. {letters} negative, {letters} positive.
{brand} was started for {term2}. He is on {brand}, {brand} and {drug}. There is no indication for {brand}.
A {brand} {device} was placed. The {brand} {device} was deployed and the wound dressed with {brand}, {brand}, and {brand}.
Implant: {brand} model {num}. {brand} {device}, size {num}. Wrapped in {brand} and covered with {brand} {device}.
Insertion of {brand} {device}. Repair with {brand} {device}. {eponym} was performed. {eponym} and {eponym} were noted.
{term} {device}, {term2} {device}. The data were analyzed with {brand} software.
Baby was born at 39 weeks. Infant did well. Mom and Baby are fine. Newborn nursery. Dad is here. Mom states he eats well.
Cord was clamped. Head and eyes normal. Brain MRI was done. Major depression. Middle ear clear. Sleep has been poor. Back pain. Beta-blocker was held.
Went to the Nursing Home. Referred to Family Practice. Seen in Wheelchair Clinic. Sent to Newborn Nursery. Admitted to the Step-Down Unit. Behavioral Health to see.
NURSE: RN at bedside. See Plan. See Denver II. Tab PO daily. Rule out infection. Start now. Advance diet. Harvest the graft. He can be reached by e-mail or phone.
X, RN, noted this. Dr. X was paged. Mr. X reports pain. ABC Hospital. XYZ, M.D. Patient name: XXXX. City, STATE 12345.
The patient is a {age}-year-old {sex} with a history of {dx} and {dx} who presents with {symptom}.
This is a {age}-year-old {race} {sex} who presented to the Emergency Department complaining of {symptom} for {num} days.
{age} y/o {sx} with {dx}, {dx}, {eponym}, here for {symptom}.
Patient denies {symptom}, {symptom}, or {symptom}.
Denies any {symptom}. No {symptom}. Positive for {symptom}.
Past medical history is significant for {dx}, {eponym}, and {dx}.
History of {eponym} diagnosed {num} years ago, now on {drug} {dose} {freq}.
{drug} {dose} p.o. {freq}, {drug} {dose} {freq}, and {drug} as needed.
Continue {drug} {dose} {freq}. Discontinue {drug}.
Start {drug} {dose} {freq} for {num} days, then taper.
She was started on {drug} and {drug} with good relief of her {symptom}.
He was given {drug}, {drug} and {drug} in the ED with improvement.
Allergies: {drug}, {drug} (rash), and sulfa.
ALLERGIES: {drug}, which causes hives. Penicillin. Latex.
{lab} {num}, {lab} {num}, {lab} {num}, {lab} {num}.
{lab}: {num} (H)  {lab}: {num} (L)  {lab}: {num}
Laboratory data: {lab} of {num}, {lab} {num}, and {lab} {num}.
{eponym} was negative. {eponym} positive on the {side}.
There is no evidence of {dx} or {dx}.
MRI of the {anatomy} demonstrates {size} lesion consistent with {dx}.
CT scan of the {anatomy} without contrast showed no acute findings.
Status post {procedure} and {procedure} in the past.
The {anatomy} was prepped and draped in the usual sterile fashion.
A {eponym} was inserted and the bladder was decompressed.
The incision was made with a #{num} blade and carried down through {eponym} using Bovie electrocautery.
A {eponym} was placed and the fascia was closed with 0 Vicryl and the skin with 4-0 Monocryl.
Hemostasis was obtained with Bovie. The wound was irrigated with Betadine and bacitracin solution.
Estimated blood loss was {num} mL. Sponge and needle counts were correct x2.
The patient tolerated the procedure well and was taken to the Recovery Room in stable condition.
General: Well-developed, well-nourished {sex} in no acute distress.
HEENT: Normocephalic, atraumatic. Pupils equal, round, reactive to light. Oropharynx clear.
NECK: Supple. No JVD. No carotid bruits. No thyromegaly.
LUNGS: Clear to auscultation bilaterally. No wheezes, rales, or rhonchi.
HEART: Regular rate and rhythm. S1 and S2 normal. No murmurs, gallops, or rubs.
ABDOMEN: Soft, nontender, nondistended. Bowel sounds present. No hepatosplenomegaly. {eponym} negative.
EXTREMITIES: No clubbing, cyanosis, or edema. {eponym} negative bilaterally.
NEUROLOGIC: Alert and oriented x3. Cranial nerves II through XII intact. Strength 5/5.
Vital signs: Temperature {num}, pulse {num}, respirations {num}, blood pressure {num}/{num}, O2 sat {pct} on room air.
{service} was consulted and recommended {drug} with {procedure}.
Consult {service}. {service} to see in the morning.
{service} and {service} are following. Appreciate {service} input.
Will follow up with {service} in {num} weeks. Return to clinic sooner with {symptom}.
Follow up with primary care physician in {num} weeks and with {service} as scheduled.
Discussed with the patient, the family, and the primary team. Risks, benefits and alternatives were explained.
All questions were answered. Informed consent was obtained.
The patient was discharged home in stable condition with instructions to call for {symptom}.
Patient lives with {poss} wife and two children and works full time. Smokes one pack per day. Drinks socially.
Social history: Retired. Married. Denies tobacco, alcohol, or illicit drug use.
FAMILY HISTORY: Mother with {dx}. Father died of {dx} at age {num}. Sister has {eponym}.
Family history is positive for {dx} in a brother and {dx} in a maternal grandmother.
1. {Dx}. 2. {Dx}. 3. {Eponym}.
{Dx}, stable. Continue {drug}.
{Dx}: {lab} {num}. Recheck {lab} in {num} weeks.
#{num} {Dx} - {drug} {dose} {freq}
- {Dx}: cont {drug}, check {lab}
* {Drug} {dose} tablet: take 1 tablet by mouth {freq}
Assessment: {Dx} with {symptom}, improving on {drug}.
Impression: {Eponym}. {Dx}.
Pt c/o {symptom} x {num} days. No {symptom}. {abbr} {abbr}.
Pt resting in bed. {abbr}. Call light within reach. Will continue to monitor.
IV to {side} forearm patent. Dressing CDI. Foley draining clear yellow urine. SCDs on.
Ambulated in hallway x2 with walker and standby assist. Tolerated diet well.
Pain {num}/10, medicated with {drug} per {abbr}. Reassessed in 30 min, pain 3/10.
Technique: Axial images of the {anatomy} were obtained following administration of Omnipaque.
Comparison: None available. Findings: The {anatomy} is unremarkable.
Specimen received in formalin labeled "{anatomy}" and consists of a {size} fragment of tan tissue.
Immunostains for {abbr} and {abbr} are positive. {eponym} noted. Ki-67 index {pct}.
Thank you for allowing us to participate in the care of this pleasant {sex}.
Thank you for this interesting consult. We will continue to follow along with you.
Please do not hesitate to call with questions. Please see full report for details.
If you have any questions, please call the office. Return to the Emergency Room if symptoms worsen.
Take with food. Do not drive while taking {drug}. Keep the wound clean and dry.
You were seen today for {symptom}. Your tests showed {dx}. Please take {drug} as directed.
No heavy lifting for {num} weeks. Resume regular diet. May shower in 48 hours.
I spent {num} minutes with the patient, more than half in counseling. Time in: 0915.
Code status: Full Code. Diet: Cardiac, 2 g sodium. Activity: As tolerated.
Plan: Admit to {service}. Serial enzymes. {drug} drip. {Procedure} in the morning.
Patient has Medicare and Blue Cross. Prior authorization pending for {drug}.
The patient speaks Spanish and an interpreter was used. Vietnamese interpreter present.
Patient is a Jehovah's Witness and declines blood products. Catholic by faith.
{Cap} {cap2} the {anatomy}. {Cap} {dx}.
{Cap} for {procedure}. {Cap} {drug}.
Physical therapy to evaluate and treat. Weight bearing as tolerated on the {side} lower extremity.
The risk of {dx}, {dx} and even death was explained. The patient wishes to proceed.
May take {drug} {freq} as needed. Will need {procedure}. Hope for early discharge.
The patient will return in May for {procedure}. He may resume {drug} in March.
Grade III/VI systolic murmur. Long QT. Brown sputum. Rose spots absent. Young adult. White discharge. Black stools.
There was grace and good humor; hope for recovery; her faith is strong; joy in her grandchildren.
Will recheck. Will call. May increase. Rich in fiber. Frank blood. Mark the site. Grant access. Chase the potassium.
Gen surg consulted for {dx}. Neuro checks q4h. Cards signed off. Renal following. ID recs noted. Ortho to see.
Strep screen negative. Mono spot negative. Hep B surface antibody positive. C diff toxin negative. H. pylori positive.
E. coli sensitive to {drug}. MRSA nares swab. Staph aureus bacteremia. Candida albicans. Clostridium difficile colitis.
Medications reviewed: {drug}, {drug}, {drug}, {drug}, and {drug}.
Current meds include {drug} {dose}, {drug} {dose}, {drug}, Vitamin D, fish oil and Tylenol PM.
Electronically signed. Dictated but not read. Transcribed by voice recognition software; errors may occur.
Subjective: Feels better. Objective: {abbr} {abbr}. Assessment: {Dx}. Plan: {Drug}.
Beck Depression Inventory score was {num}. PHQ-9 {num}. GAD-7 {num}. MMSE 28/30. Full scale IQ {num}.
Wechsler Adult Intelligence Scale, Rorschach, MMPI-2, Bender-Gestalt and Woodcock-Johnson were administered.
The patient's mother states that he has had {symptom}. His mother and father deny {dx}.
According to the daughter, the patient fell at home. Her husband found her on the floor.
The wife reports {symptom}. The son will provide transportation. The grandmother is at bedside.
Axis I: {Dx}. Axis II: Deferred. Axis III: {Dx}. Axis IV: Family stressors. Axis V: GAF {num}.
A 5-French sheath was placed in the {side} femoral artery. JL4 and JR4 catheters. Cypher stent to the LAD. Angio-Seal deployed.
Stryker, Zimmer, DePuy and Smith & Nephew components were trialed. A Synthes plate was applied. Medtronic pacemaker interrogated.
Da Vinci robot docked. Harmonic scalpel used. Endo GIA stapler fired. LigaSure applied. Surgicel and FloSeal placed.
Cranial nerves intact. Reflexes 2+. Babinski downgoing. Romberg negative. Hoffmann absent. Tinel positive at the wrist. Phalen equivocal.
Foley to gravity. Foley was removed. JP drain output {num} mL. Penrose in place. Dobbhoff advanced. Swan was floated. Kelly used.
Apgars were 8 and 9. Bishop 6. Tanner stage 2. Mallampati 3. Braden 18. Gleason 3+4=7. Killip class II. Ranson 2.""".splitlines()

SPOKEN = """okay , so tell me a little bit about how that's been going .
yeah , i've been having some {symptom} for about {num} weeks now .
and are you still taking the {drug} ?
yes , i take it every morning .
all right , any {symptom} or {symptom} ?
no , nothing like that .
um , well , it started after i went on vacation , i think .
let's go ahead and take a listen to your heart , okay ?
so on your exam i do hear a slight murmur , it's a two out of six .
i'm gonna order a {lab} and an x-ray of your {anatomy} .
we'll go ahead and refill that {drug} for you , {dose} .
so for your first problem of your {dx} , let's continue the {drug} .
do you have any questions for me ?
no , i think that's everything .
sounds good . take care , okay ? bye .
hey , dragon , show me the blood pressure .
and then how about your diet ? have you been watching the salt ?
my wife makes me eat a lot of vegetables , you know .
i used to smoke but i quit like {num} years ago .
okay , and any family history of {dx} ?
my mother had {eponym} , and my dad had {dx} .
we're gonna get you set up with {service} , all right ?
mm-hmm . yep . okay .
i saw the nurse earlier and she said my pressure was high .
may i ask how long that's been going on ? will it hurt ? i hope not .
i was out in the yard on monday and , uh , i just felt a pop .
we went up to the lake for the summer and it was fine .""".splitlines()

GENERAL = """What are my options?
How do I change my address on file?
I would like to cancel my subscription.
The weather in Texas has been hot this summer.
Please remember to bring your insurance card and a photo ID.
Our office will be closed on Thanksgiving Day and the Friday after.
The new EHR goes live on Monday. Training is mandatory for all Staff.
Can you tell me the limit on my card?
Please find attached the Quarterly Quality Report for your review.
The Board approved the Policy on Infection Control.
The meeting has been moved to Tuesday at 3 PM in Conference Room B.
Americans spend more on health care than any other nation.
The French and German studies found similar results.
He listened to Mozart and read the Bible in Canada and Mexico.
Form 1040, Schedule C, and a W-2 are required for Financial Assistance.
See the American Heart Association guidelines and CDC recommendations.
To Whom It May Concern:
Best regards, Sincerely yours, Respectfully, Thank you,
Terms and Conditions apply. All Rights Reserved. Page 1 of 3.
Dear Doctor: Dear Sir or Madam: Dear Colleague: Dear Parent:
Notice of Privacy Practices was given to the Patient.
Advance Directive on file. Living Will on chart. Power of Attorney form completed.
Windows, Excel, Epic, Cerner and Meditech were down for Maintenance.
IMPORTANT: Do Not Eat Or Drink After Midnight.
How To Care For Your Cast. What To Expect After Surgery. When To Call Your Doctor.""".splitlines()

COUNTRIES = """Germany|France|Spain|Italy|Norway|Sweden|Finland|Denmark|Netherlands|Belgium|Austria|Switzerland|Poland|Hungary|Brazil|Argentina|Uruguay|Chile|Mexico|Canada|Australia|New Zealand|South
 Africa|Kenya|Nigeria|Ghana|Gabon|Tunisia|Egypt|India|Japan|China|Korea|Vietnam|Thailand|Philippines|Fiji|Iceland|Ireland|United Kingdom|Portugal|Greece|Turkey|Israel|Jordan""".replace('\n', '')
