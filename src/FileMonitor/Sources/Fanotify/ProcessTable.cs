namespace FileMonitor.Sources.Fanotify;

/// <summary>Which processes make changes, by the numbers that come with the kernel's events. Owner: the source's thread.</summary>
/// <remarks>
/// What it costs: a process is read once (seven small files of <c>/proc</c>), and again when it starts another program; while its events go
/// on, one file of it every 100 ms tells that it is still the same. All its events share one <see cref="Actor"/>. A process that ends at
/// once is gone before it can be read; that the kernel told of its start, in the same queue and before what it did, is all there is then.
///
/// Whether a number still means the process that made the change: numbers are given out in a circle, 32,768 at least, so that one cannot
/// come round again within 100 ms. Over longer times the moment at which the process began is compared. A process descriptor (pidfd) with
/// each event would prove the same and make reading three times as dear: 85 ms instead of 28 ms of the kernel's time for 50,000 events.
/// </remarks>
internal sealed class ProcessTable(ProcessReader reader, ProcessPrograms programs, TimeProvider time)
{
    private static readonly TimeSpan Circle = TimeSpan.FromMilliseconds(100);

    // How long a start is taken for that of the process which has the number now, when it has ended and cannot be asked.
    private static readonly TimeSpan StartHolds = TimeSpan.FromSeconds(10);

    // Two generations of at most half as many each: what is not used while one fills is forgotten with the other.
    private const int MaxProcesses = 8192;

    private static readonly Actor Nobody = new() { Confidence = ActorConfidence.Unknown };

    private Dictionary<int, KnownProcess> _young = [];
    private Dictionary<int, KnownProcess> _old = [];

    /// <summary>When the kernel's queue was empty last: what is heard now happened after that. Set by the thread that reads.</summary>
    public long EmptyAt { get; set; }

    public int Count => _young.Count + _old.Count;

    /// <summary>A process opened a file to run it.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="directory">The handle of the file's directory.</param>
    /// <param name="name">The file's name.</param>
    public void HearStart(int number, ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name)
    {
        // The loader is opened after the program, in whose name it works.
        if (number <= 0 || name.StartsWith("ld-linux"u8) || name.StartsWith("ld-musl"u8) || name.StartsWith("ld64.so"u8) || name.StartsWith("ld.so"u8))
        {
            return;
        }

        // Whatever was known by that number: it is another process, or this one is another program from here on.
        var process = Find(number) ?? Add(number);
        process.Program = programs.PathOf(directory, name);
        process.StartedAt = time.GetTimestamp();
        process.HasStarted = true;
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
            };
            return;
        }

        // Read without a break; that the number meant this process when the change was made is certain if that was a moment ago, if the
        // kernel told of the start of the very program that it runs, or if it has been there since before the queue was empty last: whatever
        // is heard now happened after that.
        var waited = time.GetElapsedTime(EmptyAt, now);
        var isCertain = waited < Circle || (started is not null && started == actor.Executable) || reader.AgeOf(actor.StartKey!.Value) > waited;
        process.Actor = isCertain ? actor : AsLookedUp(actor);
    }

    private void SeeAgain(KnownProcess process, long now)
    {
        process.SeenAt = now;
        if (process.StartKey is not { } known)
        {
            // It had ended before: whoever has the number now, or had it meanwhile, is looked up, and nothing is guessed.
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
            // It has ended, and what it did last is heard now: unless the number went round meanwhile.
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

        /// <summary>Null when it has to be read.</summary>
        public Actor? Actor { get; set; }

        /// <summary>When the process began; null when it had ended before it could be read.</summary>
        public long? StartKey { get; set; }

        /// <summary>When it was read or seen to be the same last.</summary>
        public long SeenAt { get; set; }

        /// <summary>Whether the kernel told of its start.</summary>
        public bool HasStarted { get; set; }

        public long StartedAt { get; set; }

        /// <summary>The program that the kernel said it started; null when its path could not be found out.</summary>
        public string? Program { get; set; }
    }
}
