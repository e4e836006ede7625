"""The Dutch words of an assessment: what each step of the calculator says, and the labels of its document."""

from __future__ import annotations

LABEL = "Wat de clausules zeggen"
NOT_REVIEWED = "Geen advocaat of jurist heeft deze aandachtspunten nagekeken. Ze veranderen de uitkomst niet."
CONFIDENCE = {"H": "hoog", "M": "middelmatig", "L": "laag"}

BASES = {
    "contract_general": "Overeenkomst, algemeen",
    "processor": "Verwerking van persoonsgegevens",
    "other": "Andere schade, zonder grond in de overeenkomst",
    "website": "Gebruik van de publieke website",
    "controller_recourse": "Verhaal door de verwerkingsverantwoordelijke (artikel 82, lid 5, AVG)",
    "data_subject": "Vordering van een betrokkene (artikel 82 AVG)",
    "third_party_indemnity": "Aanspraak van een derde onder de vrijwaring",
}
FAULTS = {"none": "geen fout", "ordinary": "gewone fout", "gross": "zware fout", "fraud": "bedrog of opzet"}
KINDS = {"direct": "directe schade", "indirect": "indirecte schade", "fine": "administratieve geldboete"}
POOLS = {"main": "Totaalplafond", "other": "plafond voor andere schade", "outside": "buiten elk plafond"}
STATES = {"reported": "gemeld", "assessed": "beoordeeld", "settled": "geregeld", "rejected": "afgewezen"}
FACTS = {
    "gdpr_processor_breach": "Een verplichting van de AVG voor verwerkers is niet nageleefd",
    "outside_instructions": "Buiten of tegen de instructies gehandeld",
    "instruction_unlawful": "De instructie was onrechtmatig",
    "not_responsible": "De verwerker is op geen enkele wijze verantwoordelijk",
    "third_party_misuse": "Misbruik door buitenstaanders",
    "extra_contractual": "Ook buitencontractueel gevorderd",
}
STEPS = {
    "claimed": "Gevorderd",
    "admitted": "Komt in aanmerking",
    "cap": "Plafond",
    "paid": "Eerder betaald",
    "payable": "Te betalen volgens de clausules",
    "recoverable": "Terug te vorderen van de klant",
}
REASONS = {
    "WEBSITE_EXCLUDED": "Schade door het gebruik van de website is uitgesloten.",
    "THIRD_PARTY_MISUSE_EXCLUDED": "Schade door misbruik van buitenstaanders is op deze grond uitgesloten.",
    "RECOURSE_BARRED": "De vrijwaring door de klant sluit dit verhaal uit.",
    "RECOURSE_SHARE": "Verhaal is mogelijk voor het aandeel van de verwerker.",
    "SCOPE_OK": "Een geval waarin de verwerker aansprakelijk kan zijn, doet zich voor.",
    "SCOPE_FAIL": "Geen geval waarin de verwerker aansprakelijk kan zijn, doet zich voor.",
    "FAULT_NONE": "Er is geen fout.",
    "FAULT_BELOW_GATE": "De fout is lichter dan de clausule vereist.",
    "FAULT_OK": "De fout volstaat.",
    "DIRECT_ADMITTED": "Directe schade komt in aanmerking.",
    "INDIRECT_ADMITTED": "Indirecte schade komt in aanmerking.",
    "INDIRECT_EXCLUDED": "Indirecte schade komt niet in aanmerking.",
    "FINE_ADMITTED": "De geldboete is verhaalbaar.",
    "FINE_EXCLUDED": "De geldboete is niet verhaalbaar.",
    "NOTHING_ELIGIBLE": "Er blijft geen schade over die in aanmerking komt.",
    "BODILY_UNCAPPED": "Voor schade aan leven of fysieke integriteit geldt geen plafond.",
    "CAP_NONE": "Er geldt geen plafond.",
    "CAP_FIXED": "Het vaste bedrag bepaalt het plafond.",
    "CAP_FEES": "De betaalde vergoedingen bepalen het plafond.",
    "CAP_CEILING": "Het verzekerde bedrag is de uiterste grens.",
    "CAP_MAIN": "Het plafond van de hoofdovereenkomst geldt.",
    "CAP_OTHER": "Het plafond voor andere schade geldt.",
    "CAP_TOTAL": "Het saldo van het Totaalplafond is lager dan het plafond voor andere schade.",
    "ERODED": "Eerdere betalingen verminderen het plafond.",
    "CAPPED": "De schade is hoger dan wat overblijft.",
    "WITHIN_CAP": "De schade blijft onder wat overblijft.",
    "ART82_NOT_MET": "De voorwaarden van artikel 82, lid 2, AVG zijn niet vervuld.",
    "ART82_EXEMPT": "De verwerker is vrijgesteld (artikel 82, lid 3, AVG).",
    "ART82_FULL": "Tegenover een betrokkene geldt geen plafond (artikel 82, lid 4, AVG).",
    "INDEMNITY_100": "De klant vrijwaart de verwerker volledig.",
    "SHARE_82_5": "De klant draagt zijn eigen aandeel (artikel 82, lid 5, AVG).",
    "INDEMNITY_SHARED": "Elke partij draagt haar eigen aandeel.",
    "INDEMNITY_NONE": "Er is geen vrijwaring.",
}
CASES = {  # the cases without limit of an exposure
    "NO_CAP": "de overeenkomst stelt geen bedrag als plafond",
    "MAIN_UNLIMITED": "de hoofdovereenkomst is onbeperkt en geldt hier",
    "FEES_UNKNOWN": "het plafond volgt de vergoedingen en die zijn niet ingegeven",
    "NO_CAP_OTHER": "voor andere schade geldt geen plafond",
    "ALWAYS_UNCAPPED": "geen plafond bij elke fout die tot aansprakelijkheid leidt",
    "GROSS_UNCAPPED": "geen plafond bij zware fout of bedrog",
    "FRAUD_UNCAPPED": "geen plafond bij bedrog",
    "BODILY_UNCAPPED": "geen plafond bij aantasting van leven of fysieke integriteit",
    "PER_CLAIM": "de plafonds gelden per schadegeval, zonder grens voor alle samen",
}
