using FileMonitor.Delivery;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Which processes the hints about one path name, and what these can have changed. Owned by the change that it belongs to.</summary>
internal struct ChangeActors
{
    private ItemAttributes _explained;
    private bool _hasOthers;
    private bool _wasFoundByComparison;

    /// <summary>The process that the latest hint with an actor names.</summary>
    public Actor? Latest { get; private set; }

    /// <summary>Whether a source reported that the name got another item, or lost it: then what was there before does not matter.</summary>
    public bool AreOfName { get; private set; }

    /// <summary>Whether hints of other processes are merged, too, or a comparison found something before a process was heard of.</summary>
    public readonly bool HasOthers => _hasOthers || (Latest is not null && _wasFoundByComparison);

    /// <summary>Notes a hint. One without an actor does not change the actor.</summary>
    public void Note(in FileChange change, bool isFirst)
    {
        AreOfName |= change is { IsOwn: false, Kind: FileChangeKind.Created or FileChangeKind.Renamed or FileChangeKind.Deleted };
        _wasFoundByComparison |= change is { IsOwn: true, Origin: AuditEventOrigin.Reconciled } && (isFirst || change.IsHealing);
        Note(change.Actor, change.Unexplained);
    }

    /// <summary>Notes the actor of a hint, and what it cannot have changed.</summary>
    public void Note(Actor? actor, ItemAttributes unexplained = ItemAttributes.None)
    {
        if (actor is not null)
        {
            NoteOther(actor);
            Latest = actor;
            _explained |= ~unexplained;
        }
    }

    /// <summary>Notes that hints of another change may be about what this one tells.</summary>
    public void NoteOther(Actor? other) => _hasOthers |= Latest is not null && other is not null && !Latest.IsSameProcess(other);

    /// <summary>Merges the hints of another change.</summary>
    public void Absorb(in ChangeActors other, bool isOtherEarlier)
    {
        NoteOther(other.Latest);
        Latest = isOtherEarlier ? Latest ?? other.Latest : other.Latest ?? Latest;
        AreOfName |= other.AreOfName;
        _explained |= other._explained;
        _hasOthers |= other._hasOthers;
        _wasFoundByComparison |= other._wasFoundByComparison;
    }

    /// <summary>What an event says of it. Of what was made before the start nobody was seen.</summary>
    public readonly Attribution For(AuditEventOrigin origin) =>
        origin == AuditEventOrigin.Offline || Latest is null ? default : new(Latest, HasOthers, ~_explained, AreOfName);
}
