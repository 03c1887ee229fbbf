using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// All hints about one path since it was last settled. Owned by the <see cref="Debouncer"/> until it is due, then by <see cref="ChangeOrder"/>;
/// reused afterwards.
/// </summary>
internal sealed class PendingChange
{
    private ChangeActors _actors;

    public MonitoredRoot Root { get; set; } = null!;

    public string Path { get; set; } = "";

    /// <summary>The path before a rename, or before a chain of renames; null without a rename.</summary>
    public string? From { get; set; }

    /// <summary>Other names that the renames passed through or overwrote: they are looked at too, because a known item may have been there.</summary>
    public List<string>? AlsoLook { get; set; }

    /// <summary>Paths where known items were found when this change was put off: a search for a missing item looks there.</summary>
    public List<string>? FoundAt { get; set; }

    public PendingHints Kinds { get; set; }

    /// <summary>How many hints are merged.</summary>
    public int Hints { get; set; }

    /// <summary>How many of them a flush waits for.</summary>
    public int Awaited { get; set; }

    /// <summary>How many of them come from a comparison after a loss.</summary>
    public int Healing { get; set; }

    /// <summary>Whether all hints are writes. If another file has the path by now, a hint about that file is on its way.</summary>
    public bool IsWriteOnly => (Kinds & ~PendingHints.Modified) == 0;

    /// <summary>Whether the items that it involves were moved to their places in the snapshot.</summary>
    public bool IsPlaced { get; set; }

    /// <summary>
    /// Whether no hint names it: it is a directory that is looked at because of an item in it. If it is missing, the hint that says so is on its
    /// way.
    /// </summary>
    public bool IsAsked { get; set; }

    /// <summary>
    /// Whether it is settled because it was held back, and not because of a hint. If the file is missing, that says nothing: the hint or the comparison that
    /// says where it went is on its way.
    /// </summary>
    public bool IsAskedAgain { get; set; }

    /// <summary>Whether the change for which this one is settled looks at the other names.</summary>
    public bool IsOnBehalf { get; set; }

    /// <summary>How often the parent directory was looked at for this change; limited, because that directory may change all the time.</summary>
    public int LooksAbove { get; set; }

    /// <summary>Whether it already waited because the disk was ahead of the hints.</summary>
    public bool HasWaitedForHints { get; set; }

    /// <summary>When it was first put off, because a missing or displaced item may be found elsewhere; null when it was not.</summary>
    public long? PutOffAt { get; set; }

    /// <summary>How often it was put off to wait for another change that is put off and shows where its file went.</summary>
    public int WaitsForOthers { get; set; }

    /// <summary>The number of the latest hint. Hints are ordered by number, because timestamps may be equal.</summary>
    public long LastNumber { get; set; }

    /// <summary>The names that the item left by renames, each with the number of the hint.</summary>
    public List<(string Name, long Number)> Left { get; } = [];

    /// <summary>
    /// Whether the worker found another file than expected. Settled again only once: otherwise a file that is replaced without pause would never
    /// be reported.
    /// </summary>
    public bool FoundAnotherFile { get; set; }

    /// <summary>Whether an event with <see cref="ChecksumStatus.Pending"/> was emitted before the file was read.</summary>
    public bool WasToldPending { get; set; }

    /// <summary>The known checksum when that event left open whether the content changed; the read decides.</summary>
    public Sha256Digest? DoubtedDigest { get; set; }

    /// <summary>Whether anybody has the file open for writing, as far as that was asked.</summary>
    public FileWriters Writers { get; set; }

    /// <summary>Since when the file is held back, because it is not complete; null when it was never held.</summary>
    public Hold? Hold { get; set; }

    /// <summary>Whether a writer closed the file at any time.</summary>
    public bool WasClosed { get; set; }

    /// <summary>Whether the latest hint of a source about the name says that it is gone.</summary>
    private bool IsGone { get; set; }

    /// <summary>Whether a hint came from a source. Hints that the monitor gives itself say nothing about the name.</summary>
    public bool IsHeardOf { get; private set; }

    /// <summary>
    /// Whether a source reported the name and not that it is gone. A write or a close does not bring the name back, because a process can do
    /// both to a file whose name is gone; only a creation or a rename does.
    /// </summary>
    public bool IsThere => IsHeardOf && !IsGone;

    /// <summary>
    /// Whether there was a write under the name after it was gone, or writes are all that was reported: a write to an open file is reported
    /// under the name by which it was opened.
    /// </summary>
    public bool WasWrittenWhenGone { get; private set; }

    /// <summary>Whether such a write is possible, because the source reported write and deletion at once and in no order.</summary>
    public bool MayBeWrittenWhenGone { get; private set; }

    /// <summary>When the writer closed the file; null when that is not known or the file is being written again.</summary>
    public long? FinishedAt { get; set; }

    /// <summary>Timestamp of the first hint.</summary>
    public long FirstAt { get; set; }

    /// <summary>Timestamp of the latest hint.</summary>
    public long LastAt { get; set; }

    public AuditEventOrigin Origin { get; set; }

    /// <summary>Which processes the hints name.</summary>
    public ref ChangeActors Actors => ref _actors;

    /// <summary>Whether an event was emitted for it: decides where its hints are counted.</summary>
    public bool HasEmitted { get; set; }

    /// <summary>Whether its file came and went before it was looked at.</summary>
    public bool WasTransient { get; set; }

    /// <summary>Whether a pattern left it out.</summary>
    public bool WasIgnored { get; set; }

    // The links of the debouncer's three lists.
    internal PendingChange? PreviousQuiet { get; set; }

    internal PendingChange? NextQuiet { get; set; }

    internal PendingChange? PreviousAge { get; set; }

    internal PendingChange? NextAge { get; set; }

    internal PendingChange? PreviousFinished { get; set; }

    internal PendingChange? NextFinished { get; set; }

    /// <summary>Its node in the list of paths whose item was not looked up yet, while it is in the debouncer.</summary>
    internal LinkedListNode<PendingChange>? Unidentified { get; set; }

    public void Reset()
    {
        Root = null!;
        Path = "";
        From = null;
        AlsoLook = null;
        FoundAt = null;
        IsAsked = IsAskedAgain = false;
        Kinds = PendingHints.None;
        Hints = Awaited = Healing = 0;
        HasWaitedForHints = IsPlaced = FoundAnotherFile = WasClosed = IsOnBehalf = false;
        IsGone = IsHeardOf = WasWrittenWhenGone = MayBeWrittenWhenGone = WasToldPending = false;
        DoubtedDigest = null;
        Hold = null;
        Writers = FileWriters.Unknown;
        LooksAbove = WaitsForOthers = 0;
        PutOffAt = FinishedAt = null;
        LastNumber = 0;
        Left.Clear();
        FirstAt = LastAt = 0;
        Origin = AuditEventOrigin.Live;
        _actors = default;
        HasEmitted = WasTransient = WasIgnored = false;
    }

    /// <summary>Everything but the content of the file is settled; that waits until the file is complete.</summary>
    public void BeginHold()
    {
        From = null;
        AlsoLook = FoundAt = null;
        Left.Clear();
        Awaited = Healing = 0;
        HasWaitedForHints = IsPlaced = FoundAnotherFile = IsAskedAgain = false;
        PutOffAt = null;
        LooksAbove = WaitsForOthers = 0;
    }

    /// <summary>Sets the new path of the item after a rename that was settled first. The old path is looked at, too.</summary>
    public void Readdress(string path)
    {
        if (path != Path)
        {
            LookAlsoAt(Path);
            Path = path;
        }
    }

    public void LookAlsoAt(string? path)
    {
        if (path is not null && AlsoLook?.Contains(path) != true)
        {
            (AlsoLook ??= []).Add(path);
        }
    }

    /// <summary>The number of the latest rename by which the item left a name; 0 when it left none.</summary>
    public long LastLeft
    {
        get
        {
            var last = 0L;
            foreach (var (_, number) in Left)
            {
                last = Math.Max(last, number);
            }

            return last;
        }
    }

    /// <summary>The number of the latest rename by which the item left this name; 0 when it did not.</summary>
    public long LeftAt(ReadOnlySpan<char> name)
    {
        for (var i = Left.Count - 1; i >= 0; i--)
        {
            if (name.SequenceEqual(Left[i].Name))
            {
                return Left[i].Number;
            }
        }

        return 0;
    }

    /// <summary>Notes what a hint says about the name.</summary>
    public void NoteName(in FileChange change, bool isFirst)
    {
        IsHeardOf |= !change.IsOwn;
        switch (change.Kind)
        {
            case FileChangeKind.Modified:
                WasWrittenWhenGone |= IsGone || isFirst;
                break;
            case FileChangeKind.Deleted:
                // Writes before the deletion do not count.
                (IsGone, WasWrittenWhenGone, MayBeWrittenWhenGone) = (true, false, change.WasWritten);
                break;
            case FileChangeKind.Created or FileChangeKind.Renamed:
                IsGone = WasWrittenWhenGone = MayBeWrittenWhenGone = false;
                break;
        }
    }

    /// <summary>
    /// Notes who made a change, and how it was found. What a comparison with an earlier run found stays <see cref="AuditEventOrigin.Offline"/>, also when the item is touched now, and what
    /// was touched before that comparison came to it is found by it: in both cases it is not known which of the changes were made before.
    /// </summary>
    public void NoteCause(in FileChange change, bool isFirst)
    {
        _actors.Note(change, isFirst);
        if (isFirst)
        {
            Origin = change.Origin;
        }
        else if (change is { IsOwn: true, Origin: AuditEventOrigin.Offline })
        {
            Origin = _actors.AreOfName ? Origin : AuditEventOrigin.Offline;
        }
        else if (change is { IsOwn: false, Origin: AuditEventOrigin.Live } && (_actors.AreOfName || Origin != AuditEventOrigin.Offline))
        {
            // A comparison that finds the change once more does not say that it happened now, a source does.
            Origin = AuditEventOrigin.Live;
        }
    }

    /// <summary>Merges the hints about the same file under another name, or about the file that it replaced.</summary>
    public void Absorb(PendingChange other)
    {
        Kinds |= other.Kinds;
        Hints += other.Hints;
        Awaited += other.Awaited;
        Healing += other.Healing;
        WasClosed |= other.WasClosed;
        _actors.Absorb(other._actors, other.LastAt < LastAt);
        Left.AddRange(other.Left);
        LastNumber = Math.Max(LastNumber, other.LastNumber);
        FirstAt = Math.Min(FirstAt, other.FirstAt);
        LastAt = Math.Max(LastAt, other.LastAt);
        Origin = Origin == AuditEventOrigin.Live || other.Origin == AuditEventOrigin.Live ? AuditEventOrigin.Live : Origin;
        other.AlsoLook?.ForEach(LookAlsoAt);
    }
}

/// <summary>The kinds of hints that were merged.</summary>
[Flags]
internal enum PendingHints
{
    None = 0,
    Created = 1,
    Modified = 2,
    Deleted = 4,
    Renamed = 8,
    Look = 16,

    /// <summary>The kinds that mean a write: the content is read even when the metadata are the same.</summary>
    Content = Created | Modified,
}
