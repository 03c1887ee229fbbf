using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Everything that was hinted about one path since it was last looked at. Owned by the <see cref="Debouncer"/> until it is due, then by
/// the <see cref="ChangeOrder"/>; reused afterwards.
/// </summary>
internal sealed class PendingChange
{
    public MonitoredRoot Root { get; set; } = null!;

    public string Path { get; set; } = "";

    /// <summary>Where the file at <see cref="Path"/> was before it was renamed, over a whole chain of renames.</summary>
    public string? From { get; set; }

    /// <summary>Other names that the chain passed through or overwrote: they must be looked at too, something known may have stood there.</summary>
    public List<string>? AlsoLook { get; set; }

    /// <summary>Where items were found, by whatever name, when it was judged and put off: whoever misses one of them is to look there.</summary>
    public List<string>? FoundAt { get; set; }

    public PendingHints Kinds { get; set; }

    /// <summary>How many hints are merged here.</summary>
    public int Hints { get; set; }

    /// <summary>How many of them a flush waits for.</summary>
    public int Awaited { get; set; }

    /// <summary>How many of them come of a comparison after a loss.</summary>
    public int Healing { get; set; }

    /// <summary>Whether all that was hinted is that the file was written: another file at the path has a hint of its own, which is on its way.</summary>
    public bool IsWriteOnly => (Kinds & ~PendingHints.Modified) == 0;

    /// <summary>Whether everything that may have to do with it was given its place.</summary>
    public bool IsPlaced { get; set; }

    /// <summary>Whether it is a directory that no hint names and that was looked at because of what is in it. If it is gone, the hint that says so is on its way.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Whether somebody else looks at the other names that it involves, once it is settled.</summary>
    public bool IsOnBehalf { get; set; }

    /// <summary>How often the directory above was looked at on its behalf: that directory may change all the time.</summary>
    public int LooksAbove { get; set; }

    /// <summary>Whether it already waited for hints that the disk was ahead of.</summary>
    public bool HasWaitedForHints { get; set; }

    /// <summary>When it was first put off, because what is missing or displaced may be found elsewhere; null when it was not.</summary>
    public long? PutOffAt { get; set; }

    /// <summary>How often it was put off because another one that is put off shows where its file went.</summary>
    public int WaitsForOthers { get; set; }

    /// <summary>The number of the latest hint, in the order in which hints came: timestamps may be equal.</summary>
    public long LastNumber { get; set; }

    /// <summary>The names that it left by renames, each with the number of the hint that says so.</summary>
    public List<(string Name, long Number)> Left { get; } = [];

    /// <summary>Whether another file was found when the one it is about was to be read; once is enough, or a file that is replaced without pause is never told of.</summary>
    public bool WasMistaken { get; set; }

    /// <summary>Whether what is known was told before the file was read (<see cref="ChecksumStatus.Pending"/>).</summary>
    public bool WasToldPending { get; set; }

    /// <summary>
    /// The checksum that was known when that was told without claiming that the content is another: whether it is, the reading has to say.
    /// </summary>
    public Sha256Digest? Doubted { get; set; }

    /// <summary>Whether its writer closed the file at any time.</summary>
    public bool WasClosed { get; set; }

    /// <summary>Whether the latest that was heard of the name itself is that it is gone.</summary>
    private bool IsGone { get; set; }

    /// <summary>Whether a source told of it. The monitor also looks at names of its own accord, which says nothing about them.</summary>
    private bool IsHeardOf { get; set; }

    /// <summary>
    /// Whether a source told of the name, and not that it is gone. Whoever has a file open may write to it and close it when its name is gone
    /// already, so only a file that is made there, or renamed to it, brings the name back.
    /// </summary>
    public bool IsThere => IsHeardOf && !IsGone;

    /// <summary>
    /// Whether something was written under the name since it was gone, or is all that was heard of it: a file that is open is written under
    /// the name by which it was opened.
    /// </summary>
    public bool WasWrittenWhenGone { get; private set; }

    /// <summary>Whether that may be, and a source that tells both at once does not say.</summary>
    public bool MayBeWrittenWhenGone { get; private set; }

    /// <summary>When its writer closed the file, unless it is being written again; null where that is not known, or does not count.</summary>
    public long? FinishedAt { get; set; }

    /// <summary>Timestamp of the first hint.</summary>
    public long FirstAt { get; set; }

    /// <summary>Timestamp of the latest hint.</summary>
    public long LastAt { get; set; }

    public AuditEventOrigin Origin { get; set; }

    /// <summary>Who did it, by the latest hint that says.</summary>
    public Actor? Actor { get; private set; }

    /// <summary>Whether hints of other processes are merged here too.</summary>
    public bool HasOtherActors { get; private set; }

    /// <summary>Whether an event came of it: decides where its hints are counted.</summary>
    public bool HasEmitted { get; set; }

    /// <summary>Whether it was about a file that nobody could have seen.</summary>
    public bool WasTransient { get; set; }

    /// <summary>Whether it was left out by a pattern.</summary>
    public bool WasIgnored { get; set; }

    // The places in the debouncer's three lists.
    internal PendingChange? PreviousQuiet { get; set; }

    internal PendingChange? NextQuiet { get; set; }

    internal PendingChange? PreviousAge { get; set; }

    internal PendingChange? NextAge { get; set; }

    internal PendingChange? PreviousFinished { get; set; }

    internal PendingChange? NextFinished { get; set; }

    /// <summary>Its place among the paths whose file was not looked up yet, while it is in the debouncer.</summary>
    internal LinkedListNode<PendingChange>? Unidentified { get; set; }

    public void Reset()
    {
        Root = null!;
        Path = "";
        From = null;
        AlsoLook = null;
        FoundAt = null;
        IsAsked = false;
        Kinds = PendingHints.None;
        Hints = Awaited = Healing = 0;
        HasWaitedForHints = IsPlaced = WasMistaken = WasClosed = IsOnBehalf = false;
        IsGone = IsHeardOf = WasWrittenWhenGone = MayBeWrittenWhenGone = WasToldPending = false;
        Doubted = null;
        LooksAbove = WaitsForOthers = 0;
        PutOffAt = FinishedAt = null;
        LastNumber = 0;
        Left.Clear();
        FirstAt = LastAt = 0;
        Origin = AuditEventOrigin.Live;
        Actor = null;
        HasOtherActors = false;
        HasEmitted = WasTransient = WasIgnored = false;
    }

    /// <summary>The file it is about has another path now, by a rename that was settled before it. The old one may name something else.</summary>
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

    /// <summary>When it left a name for the last time, whichever: it has its path since. 0 when it left none.</summary>
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

    /// <summary>When it left a name, for the last time; 0 when it did not.</summary>
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

    /// <summary>Notes what a hint says of the name itself.</summary>
    public void NoteName(in FileChange change, bool isFirst)
    {
        IsHeardOf |= !change.IsOwn;
        switch (change.Kind)
        {
            case FileChangeKind.Modified:
                WasWrittenWhenGone |= IsGone || isFirst;
                break;
            case FileChangeKind.Deleted:
                // What was written before it was gone is gone with it.
                (IsGone, WasWrittenWhenGone, MayBeWrittenWhenGone) = (true, false, change.WasWritten);
                break;
            case FileChangeKind.Created or FileChangeKind.Renamed:
                IsGone = WasWrittenWhenGone = MayBeWrittenWhenGone = false;
                break;
        }
    }

    /// <summary>Takes over who gave the latest hint. One that does not say leaves what is known: it was the same act, or nobody can tell.</summary>
    public void NoteActor(Actor? actor)
    {
        if (actor is not null)
        {
            HasOtherActors |= Actor is not null && !Actor.IsSameProcess(actor);
            Actor = actor;
        }
    }

    /// <summary>Takes over what was hinted about the same file under another name, or about the file it replaced.</summary>
    public void Absorb(PendingChange other)
    {
        Kinds |= other.Kinds;
        Hints += other.Hints;
        Awaited += other.Awaited;
        Healing += other.Healing;
        WasClosed |= other.WasClosed;
        var (earlier, later) = other.LastAt < LastAt ? (other.Actor, Actor) : (Actor, other.Actor);
        Actor = earlier;
        NoteActor(later);
        HasOtherActors |= other.HasOtherActors;
        Left.AddRange(other.Left);
        LastNumber = Math.Max(LastNumber, other.LastNumber);
        FirstAt = Math.Min(FirstAt, other.FirstAt);
        LastAt = Math.Max(LastAt, other.LastAt);
        Origin = Origin == AuditEventOrigin.Live || other.Origin == AuditEventOrigin.Live ? AuditEventOrigin.Live : Origin;
        other.AlsoLook?.ForEach(LookAlsoAt);
    }
}

/// <summary>What kinds of hints were merged.</summary>
[Flags]
internal enum PendingHints
{
    None = 0,
    Created = 1,
    Modified = 2,
    Deleted = 4,
    Renamed = 8,
    Look = 16,

    /// <summary>Says that bytes were written: the content is read even where the metadata look the same.</summary>
    Content = Created | Modified,
}
