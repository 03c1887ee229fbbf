namespace FileMonitor.Running;

/// <summary>
/// Passes by all roots of a monitor at every interval: one timer and one thread for a moment, where a timer, a task and a close look for each
/// root would cost a monitor of two thousand empty directories a sixth of a processor.
/// </summary>
/// <remarks>
/// Owners: one call of the timer at a time owns everything but where a pass stands and which roots are stuck, which belong to the threads
/// that pass and are read here.
/// </remarks>
internal sealed class RootRound(IReadOnlyList<RootWatch> watches, TimeSpan interval, TimeProvider time) : IDisposable
{
    // A directory may become unreadable in a way that its metadata do not show (a policy of the system's): each root is looked at closely once
    // in 120 rounds. In eight groups, so that it is no storm; not one by one, because each time that threads of the pool are woken costs more.
    private const int Groups = 8;
    private const int RoundsPerGroup = 15;

    // Roots whose file system did not answer in passing, until it does.
    private readonly bool[] _isStuck = new bool[watches.Count];
    private ITimer? _timer;
    private volatile RoundUnderWay? _underWay;
    private int _placeBefore;
    private int _round = 1;
    private int _isTicking;
    private volatile bool _isDisposed;

    /// <summary>Whether a pass is under way. For tests; any thread.</summary>
    internal bool IsPassing => _underWay is { } pass && pass.Place < watches.Count;

    public void Start() => _timer = time.CreateTimer(static round => ((RootRound)round!).TickAlone(), this, interval, interval);

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
    }

    /// <summary>On a machine that stalls, timers may call again while they are being answered: then this interval is left out.</summary>
    private void TickAlone()
    {
        if (Interlocked.Exchange(ref _isTicking, 1) == 0)
        {
            Tick();
            Volatile.Write(ref _isTicking, 0);
        }
    }

    private void Tick()
    {
        var place = _underWay?.Place ?? watches.Count;
        if (place >= watches.Count)
        {
            Begin();
        }
        else if (place == _placeBefore)
        {
            // A whole interval for one look. Who looks closely has patience, says when it ends, and keeps nobody else waiting; so do all
            // those behind it meanwhile, for they may be on the same disk.
            _underWay!.IsGivenUp = true;
            _underWay = null;
            for (var index = place; index < watches.Count; index++)
            {
                watches[index].AskToLook();
            }
        }

        _placeBefore = _underWay?.Place ?? -1;
    }

    private void Begin()
    {
        var pass = _underWay = new RoundUnderWay(_round++);
        ThreadPool.UnsafeQueueUserWorkItem(_ => Pass(pass), null);
    }

    private void Pass(RoundUnderWay pass)
    {
        for (var index = 0; index < watches.Count && !_isDisposed; index++)
        {
            pass.Place = index;
            if (Volatile.Read(ref _isStuck[index]))
            {
                // One thread that hangs there is enough.
                watches[index].AskToLook();
                continue;
            }

            Volatile.Write(ref _isStuck[index], true);
            watches[index].Pass(isDue: pass.Number % RoundsPerGroup == 0 && (pass.Number / RoundsPerGroup) % Groups == index % Groups);
            Volatile.Write(ref _isStuck[index], false);
            if (pass.IsGivenUp)
            {
                return;
            }
        }

        pass.Place = watches.Count;
    }

    private sealed class RoundUnderWay(int number)
    {
        private volatile int _place;
        private volatile bool _isGivenUp;

        public int Number { get; } = number;

        /// <summary>Which root is looked at; as many as there are when all were.</summary>
        public int Place { get => _place; set => _place = value; }

        /// <summary>It hangs; another one goes on.</summary>
        public bool IsGivenUp { get => _isGivenUp; set => _isGivenUp = value; }
    }
}
