using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace FileMonitor.Tests;

/// <summary>A clock that stands still and tells which timers were started, so that a test moves it only once somebody waits for it.</summary>
internal sealed class SteppedClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _started = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>When set, a timer that it accepts is due at once.</summary>
    public Func<TimeSpan, bool>? Skip { get; init; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _started.Writer.TryWrite(dueTime);
        if (Skip?.Invoke(dueTime) == true)
        {
            ThreadPool.QueueUserWorkItem(_ => Advance(dueTime));
        }

        return timer;
    }

    /// <summary>Waits for the start of a timer that <paramref name="which"/> accepts, forgets those before it, and moves on to when it is due.</summary>
    public async Task<TimeSpan> PassAsync(Func<TimeSpan, bool> which)
    {
        var due = await StartedAsync(which);
        Advance(due);
        return due;
    }

    public async Task<TimeSpan> StartedAsync(Func<TimeSpan, bool> which)
    {
        while (true)
        {
            var due = await _started.Reader.ReadAsync().AsTask().Soon();
            if (which(due))
            {
                return due;
            }
        }
    }
}
