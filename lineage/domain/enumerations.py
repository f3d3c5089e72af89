"""The closed lists of values. Their titles, descriptions and IRIs stand in ``catalog/vocabulary/enumerations.yaml``.

Sources: W3C Data Privacy Vocabulary 2.3 where it has the term, GDPR Articles 13 and 14 for the notice items,
ISO/IEC TS 27560 for consent; the rest are this product's own words.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The four kinds of customer data."""

    IDENTITY = "identity"
    DESCRIPTIVE = "descriptive"
    ATTITUDINAL = "attitudinal"
    BEHAVIOURAL = "behavioural"


class ValueType(StrEnum):
    """The form of an element's values."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CODE = "code"
    MEDIA = "media"


class Identifiability(StrEnum):
    """How closely an element points at a person."""

    IDENTIFYING = "identifying"
    INDIRECT = "indirect"
    PSEUDONYMISED = "pseudonymised"
    ANONYMISED = "anonymised"
    NON_PERSONAL = "non_personal"


class Lifecycle(StrEnum):
    """Where an element stands in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class Mode(StrEnum):
    """How an element comes to be held."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    DERIVED = "derived"
    INFERRED = "inferred"
    GENERATED = "generated"


class Source(StrEnum):
    """Who an element comes from."""

    DATA_SUBJECT = "data_subject"
    CONTROLLER = "controller"
    THIRD_PARTY = "third_party"
    PUBLIC = "public"


class Journey(StrEnum):
    """When a touchpoint is met, seen from a purchase."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class RetentionAction(StrEnum):
    """What happens when a retention period is over."""

    ERASE = "erase"
    ANONYMISE = "anonymise"
    REVIEW = "review"


class PartyRole(StrEnum):
    """What a party is to the personal data."""

    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint_controller"
    REPRESENTATIVE = "representative"
    DPO = "dpo"
    PROCESSOR = "processor"
    SUB_PROCESSOR = "sub_processor"
    THIRD_PARTY = "third_party"
    AUTHORITY = "authority"


class Modality(StrEnum):
    """What a statement promises."""

    WILL = "will"
    WILL_NOT = "will_not"
    MAY = "may"


class NoticeItem(StrEnum):
    """An item of a privacy notice, GDPR Articles 13 and 14."""

    CONTROLLER = "controller"
    DPO = "dpo"
    PURPOSE = "purpose"
    BASIS = "basis"
    LEGIT_INTEREST = "legit_interest"
    RECIPIENTS = "recipients"
    TRANSFER = "transfer"
    RETENTION = "retention"
    RIGHTS = "rights"
    WITHDRAW = "withdraw"
    COMPLAINT = "complaint"
    OBLIGATION = "obligation"
    ADM = "adm"
    CATEGORIES = "categories"
    SOURCE = "source"


class Effect(StrEnum):
    """What a use declares: a permission or a prohibition."""

    ALLOW = "allow"
    PROHIBIT = "prohibit"


class Basis(StrEnum):
    """A legal basis; which regime knows which stands in the vocabulary."""

    CONSENT = "consent"
    CONTRACT_PERFORMANCE = "contract_performance"
    ENTER_INTO_CONTRACT = "enter_into_contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_INTEREST = "public_interest"
    OFFICIAL_AUTHORITY = "official_authority"
    LEGITIMATE_INTEREST = "legitimate_interest"
    RECOGNISED_LEGITIMATE_INTEREST = "recognised_legitimate_interest"
    CREDIT_PROTECTION = "credit_protection"
    EXERCISE_OF_RIGHTS = "exercise_of_rights"
    HEALTH_PROTECTION = "health_protection"
    RESEARCH = "research"
    DEEMED_CONSENT = "deemed_consent"
    DEEMED_CONTRACTUAL_NECESSITY = "deemed_contractual_necessity"
    DEEMED_BY_NOTIFICATION = "deemed_by_notification"
    LEGITIMATE_INTERESTS_EXCEPTION = "legitimate_interests_exception"
    BUSINESS_IMPROVEMENT = "business_improvement"
    NOT_APPLICABLE = "not_applicable"


class Necessity(StrEnum):
    """Whether a purpose can be reached without the element."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NOT_REQUIRED = "not_required"


class ConsentStatus(StrEnum):
    """The ten states of a consent."""

    GIVEN = "given"
    RENEWED = "renewed"
    REQUESTED = "requested"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    INVALIDATED = "invalidated"
    UNKNOWN = "unknown"


class ConsentMethod(StrEnum):
    """How a consent was indicated; the last four are recordable and never valid (GDPR recital 32)."""

    TICKED_BOX = "ticked_box"
    BUTTON = "button"
    SIGNATURE = "signature"
    SPOKEN = "spoken"
    DOUBLE_OPT_IN = "double_opt_in"
    STATEMENT = "statement"
    PRETICKED = "preticked"
    SILENCE = "silence"
    INACTIVITY = "inactivity"
    CONTINUED_USE = "continued_use"


class RegulatoryStatus(StrEnum):
    """The declared status of an element under one regime."""

    COMPLIANT = "compliant"
    PARTIALLY_COMPLIANT = "partially_compliant"
    NON_COMPLIANT = "non_compliant"
    VIOLATION = "violation"
    UNLAWFUL = "unlawful"
    INDETERMINATE = "indeterminate"
    UNKNOWN = "unknown"


class Automation(StrEnum):
    """How far a process decides by itself."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class Scale(StrEnum):
    """How much data a process handles (DPV processing scale)."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Value(StrEnum):
    """What an outcome was worth to one side."""

    BENEFIT = "benefit"
    NONE = "none"
    HARM = "harm"


class Decision(StrEnum):
    """What an insight changes about the purpose."""

    CONFIRM = "confirm"
    AMEND = "amend"
    NARROW = "narrow"
    RETIRE = "retire"
    PROPOSE_NEW = "propose_new"


class AssessmentType(StrEnum):
    """What kind of assessment it is."""

    LIA = "lia"
    DPIA = "dpia"
    TIA = "tia"
    COMPATIBILITY = "compatibility"
    ANONYMISATION = "anonymisation"
    BEST_INTEREST = "best_interest"
    RISK = "risk"


class AssessmentResult(StrEnum):
    """What an assessment found."""

    ACCEPTABLE = "acceptable"
    NOT_ACCEPTABLE = "not_acceptable"
    HIGH_RISK = "high_risk"
    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"


class Review(StrEnum):
    """Whether changes go live at once or after somebody else approved them."""

    NONE = "none"
    FOUR_EYES = "four_eyes"


class Sensitivity(StrEnum):
    """How sensitive an element is under one regime."""

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"
    SPECIAL = "special"
    CRIMINAL = "criminal"
