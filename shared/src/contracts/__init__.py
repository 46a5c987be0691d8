"""Contracts: what crosses a process boundary in Larder. Imports the standard library and pydantic only."""

from contracts.events import (
    ActiveModel,
    AdapterPublished,
    AuditRecorded,
    DeadLetter,
    ExtractionCompleted,
    ExtractionFailed,
    ExtractionRequested,
    Generation,
    Method,
    ModelActivated,
    ModelRef,
    RunEvent,
    RunState,
)
from contracts.extraction import Direction, Extraction, Item, LbsSource, Section, Signal, Span
from contracts.manifests import AdapterManifest, BaseModelRef, DatasetManifest, FileEntry, LabelledRow
from contracts.reference import Category, Directory, Place, PlaceKind, Reference, Tables

__all__ = [
    "ActiveModel",
    "AdapterManifest",
    "AdapterPublished",
    "AuditRecorded",
    "BaseModelRef",
    "Category",
    "DatasetManifest",
    "DeadLetter",
    "Direction",
    "Directory",
    "Extraction",
    "ExtractionCompleted",
    "ExtractionFailed",
    "ExtractionRequested",
    "FileEntry",
    "Generation",
    "Item",
    "LabelledRow",
    "LbsSource",
    "Method",
    "ModelActivated",
    "ModelRef",
    "Place",
    "PlaceKind",
    "Reference",
    "RunEvent",
    "RunState",
    "Section",
    "Signal",
    "Span",
    "Tables",
]
