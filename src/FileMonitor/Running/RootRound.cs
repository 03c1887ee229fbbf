namespace FileMonitor.Running;

/// <summary>
/// Checks all roots of a monitor in one pass at each interval, with one timer and one thread. With a timer, a task and a full check for each root, a monitor
/// of two thousand empty directories took a sixth of a processor.
/// </summary>
/// <remarks>
/// Owner: one timer callback at a time. The position of a pass and the stuck roots are written by the threads that make the pass, and read here.
/// </remarks>
/// <param name="watches">The roots at the moment.</param>
/// <param name="interval">The time between two passes.</param>
/// <param name="time">The clock.</param>
internal sealed class RootRound(Func<IReadOnlyList<RootWatch>> watches, TimeSpan interval, TimeProvider time) : IDisposable
{
    // A directory may become unreadable without a change of its metadata (a security policy), so each root gets a full check once in 120 rounds. In eight
    // groups, to spread the load; not one by one, because waking pool threads each time costs more.
    private const int Groups = 8;
    private const int RoundsPerGroup = 15;

    private ITimer? _timer;
    private volatile RoundUnderWay? _underWay;
    private int _placeBefore;
    private int _round = 1;
    private int _isTicking;
    private volatile bool _isDisposed;

    /// <summary>Whether a pass is running. For tests. Any thread.</summary>
    internal bool IsPassing => _underWay is { } pass && pass.Place < pass.Watches.Count;

    public void Start() => _timer = time.CreateTimer(static round => ((RootRound)round!).TickAlone(), this, interval, interval);

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
    }

    /// <summary>When the machine stalls, the timer may fire while its callback is still running: skip this interval then.</summary>
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
        if (_underWay is not { } underWay || underWay.Place >= underWay.Watches.Count)
        {
            Begin();
        }
        else if (underWay.Place is var place && place == _placeBefore)
        {
            // One check took a whole interval. The full check of that root has a timeout, reports when it ends, and delays no other root. The roots
            // after it get a full check as well, because they may be on the same disk.
            underWay.IsGivenUp = true;
            _underWay = null;
            for (var index = place; index < underWay.Watches.Count; index++)
            {
                underWay.Watches[index].AskToLook();
            }
        }

        _placeBefore = _underWay?.Place ?? -1;
    }

    private void Begin()
    {
        var pass = _underWay = new RoundUnderWay(watches(), _round++);
        ThreadPool.UnsafeQueueUserWorkItem(_ => Pass(pass), null);
    }

    private void Pass(RoundUnderWay pass)
    {
        for (var index = 0; index < pass.Watches.Count && !_isDisposed; index++)
        {
            pass.Place = index;
            var watch = pass.Watches[index];
            if (watch.IsStuck)
            {
                // One thread that hangs on this root is enough.
                watch.AskToLook();
                continue;
            }

            watch.IsStuck = true;
            watch.Pass(isDue: pass.Number % RoundsPerGroup == 0 && (pass.Number / RoundsPerGroup) % Groups == index % Groups);
            watch.IsStuck = false;
            if (pass.IsGivenUp)
            {
                return;
            }
        }

        pass.Place = pass.Watches.Count;
    }

    private sealed class RoundUnderWay(IReadOnlyList<RootWatch> watches, int number)
    {
        private volatile int _place;
        private volatile bool _isGivenUp;

        public IReadOnlyList<RootWatch> Watches { get; } = watches;

        public int Number { get; } = number;

        /// <summary>The index of the root being checked; the number of roots at the end.</summary>
        public int Place { get => _place; set => _place = value; }

        /// <summary>This pass hangs; another one continues.</summary>
        public bool IsGivenUp { get => _isGivenUp; set => _isGivenUp = value; }
    }
}
