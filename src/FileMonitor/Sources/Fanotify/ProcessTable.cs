namespace FileMonitor.Sources.Fanotify;

/// <summary>Finds the actor of an event by its process number. Owner: the source's thread.</summary>
/// <remarks>
/// Cost: a process is read once (seven small files of <c>/proc</c>), and again when it starts another program. While its events go on, one
/// file every 100 ms shows that it is the same process. All its events share one <see cref="Actor"/>. A process that ends at once cannot be
/// read. Then only the start is known that the kernel reported before, in the same queue, and its user, who is read when the start is heard of: a program
/// is loaded after that, which takes longer than waking this thread.
///
/// Process numbers are reused in a circle of at least 32,768, so one cannot be reused within 100 ms. Over longer times the start time of the
/// process is compared. A process descriptor (pidfd) with each event would prove the same and make reading three times as slow: 85 ms instead
/// of 28 ms of kernel time for 50,000 events.
/// </remarks>
internal sealed class ProcessTable(ProcessReader reader, ProcessPrograms programs, TimeProvider time)
{
    private static readonly TimeSpan Circle = TimeSpan.FromMilliseconds(100);

    // How long a reported start is attributed to its process number when the process has ended and cannot be read.
    private static readonly TimeSpan StartHolds = TimeSpan.FromSeconds(10);

    // Two generations of half this size: processes not used while one fills are forgotten with the other.
    private const int MaxProcesses = 8192;

    private static readonly Actor Nobody = new() { Confidence = ActorConfidence.Unknown };

    private Dictionary<int, KnownProcess> _young = [];
    private Dictionary<int, KnownProcess> _old = [];

    /// <summary>When the kernel's queue was last empty: events read now happened after that. Set by the reading thread.</summary>
    public long EmptyAt { get; set; }

    public int Count => _young.Count + _old.Count;

    /// <summary>A process opened a file to run it.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="directory">The handle of the file's directory.</param>
    /// <param name="name">The file's name.</param>
    public void NoteStart(int number, ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name)
    {
        // Skip the dynamic loader, which is opened after the program.
        if (number <= 0 || name.StartsWith("ld-linux"u8) || name.StartsWith("ld-musl"u8) || name.StartsWith("ld64.so"u8) || name.StartsWith("ld.so"u8))
        {
            return;
        }

        // The number now means another process, or the same one with another program.
        var process = Find(number) ?? Add(number);
        process.Program = programs.PathOf(directory, name);
        process.StartedAt = time.GetTimestamp();
        process.HasStarted = true;

        // Where the queue had to wait, the number may mean another process by now.
        process.StartedBy = time.GetElapsedTime(EmptyAt) < Circle ? reader.UserOf(number) : null;
        process.Actor = null;
        process.StartKey = null;
    }

    public Actor ActorOf(int number)
    {
        if (number <= 0)
        {
            return Nobody;
        }

        var now = time.GetTimestamp();
        var process = Find(number) ?? Add(number);
        if (process.Actor is null)
        {
            Read(process, now);
        }
        else if (time.GetElapsedTime(process.SeenAt, now) > Circle)
        {
            SeeAgain(process, now);
        }

        return process.Actor!;
    }

    private void Read(KnownProcess process, long now)
    {
        process.SeenAt = now;
        var started = process.HasStarted && time.GetElapsedTime(process.StartedAt, now) < StartHolds ? process.Program : null;
        var actor = reader.Read(process.Number, started);
        process.StartKey = actor?.StartKey;
        if (actor is null)
        {
            process.Actor = new Actor
            {
                Confidence = started is null ? ActorConfidence.Unknown : ActorConfidence.ExecCache,
                ProcessId = process.Number,
                Executable = started,
                UserId = started is null ? null : process.StartedBy,
                UserName = started is null ? null : reader.NameOf(process.StartedBy),
            };
            return;
        }

        // Decide whether the number meant this process when the change was made. Certain if the queue was empty a moment ago, if the kernel
        // reported the start of the program that it runs, or if the process is older than the time when the queue was last empty.
        var waited = time.GetElapsedTime(EmptyAt, now);
        var isCertain = waited < Circle || started is not null || reader.AgeOf(actor.StartKey!.Value) > waited;

        // Not if it runs another program than the reported one: that was started after the change, and may run as another user, as su does. (/proc may also call the
        // same one by another name, as for a process of a container.)
        isCertain &= !process.HasStarted || process.Program is null || process.Program == actor.Executable;
        process.Actor = isCertain ? actor : AsLookedUp(actor);
    }

    private void SeeAgain(KnownProcess process, long now)
    {
        process.SeenAt = now;
        if (process.StartKey is not { } known)
        {
            // The process had ended. Read the process that has the number now, without guessing.
            process.HasStarted &= time.GetElapsedTime(process.StartedAt, now) < StartHolds;
            Read(process, now);
            return;
        }

        var start = reader.StartOf(process.Number);
        if (start == known)
        {
            return;
        }

        if (start is null)
        {
            // The process has ended, and its last events are read now, unless its number was reused.
            process.Actor = AsLookedUp(process.Actor!);
            return;
        }

        process.HasStarted = false;
        Read(process, now);
    }

    private static Actor AsLookedUp(Actor actor) => actor.Confidence != ActorConfidence.Kernel ? actor : new Actor
    {
        Confidence = ActorConfidence.ProcLookup,
        ProcessId = actor.ProcessId,
        StartKey = actor.StartKey,
        Executable = actor.Executable,
        CommandLine = actor.CommandLine,
        UserId = actor.UserId,
        UserName = actor.UserName,
        ContainerId = actor.ContainerId,
    };

    private KnownProcess? Find(int number)
    {
        if (_young.TryGetValue(number, out var process))
        {
            return process;
        }

        if (_old.Remove(number, out process))
        {
            Keep(process);
        }

        return process;
    }

    private KnownProcess Add(int number)
    {
        var process = new KnownProcess(number);
        Keep(process);
        return process;
    }

    private void Keep(KnownProcess process)
    {
        if (_young.Count >= MaxProcesses / 2)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[process.Number] = process;
    }

    /// <param name="number">Its number.</param>
    private sealed class KnownProcess(int number)
    {
        public int Number { get; } = number;

        /// <summary>Null when the process has to be read.</summary>
        public Actor? Actor { get; set; }

        /// <summary>When the process began; null when it had ended before it could be read.</summary>
        public long? StartKey { get; set; }

        /// <summary>When it was last read or checked.</summary>
        public long SeenAt { get; set; }

        /// <summary>Whether the kernel reported its start.</summary>
        public bool HasStarted { get; set; }

        public long StartedAt { get; set; }

        /// <summary>Its effective user when it started the program; null when that was not read.</summary>
        public long? StartedBy { get; set; }

        /// <summary>The program of the reported start; null when its path could not be found.</summary>
        public string? Program { get; set; }
    }
}
