using System.Threading.Channels;
using FileMonitor.Sources;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

/// <summary>Time is a fake that says which pauses it is asked for, so that no test waits for one that does not come.</summary>
public sealed class SourceSupervisorTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly PauseClock _time = new();
    private readonly AwaitableWriter _writer = new();
    private readonly CapturingLog _log = new();
    private readonly Channel<CancellationToken> _attempts = Channel.CreateUnbounded<CancellationToken>();
    private readonly List<SourceSupervisor> _made = [];

    // Ends the restarts that a test holds.
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<CancellationToken, Task<bool>> _restart = _ => Task.FromResult(true);
    private double _chance = 0.5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _go.TrySetResult();
        foreach (var supervisor in _made)
        {
            await supervisor.DisposeAsync().AsTask().WaitAsync(Deadline, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Pauses_are_doubled_up_to_half_a_minute()
    {
        var supervisor = New();
        _restart = _ => FailAgain(supervisor);

        Fail(supervisor);
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            pauses.Add(await PassPauseAsync());
        }

        pauses.Should().Equal(100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000);
    }

    [Theory]
    [InlineData(0.0, 75, 22_500)]
    [InlineData(1.0, 125, 37_500)]
    public async Task Jitter_is_at_most_a_quarter(double chance, double first, double longest)
    {
        _chance = chance;
        var supervisor = New();
        _restart = _ => FailAgain(supervisor);

        Fail(supervisor);
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            pauses.Add(await PassPauseAsync());
        }

        pauses[0].Should().Be(first);
        pauses[^1].Should().Be(longest);
    }

    [Fact]
    public void A_clock_of_the_host_that_fails_does_not_end_the_thread_of_the_source()
    {
        var supervisor = New();
        supervisor.Cover();
        _time.IsBroken = true;

        FluentActions.Invoking(() =>
        {
            Fail(supervisor);
            supervisor.CancelRestart();
            supervisor.Cover();
            Fail(supervisor);
        }).Should().NotThrow();
        _time.IsBroken = false;
        supervisor.IsRestartPending.Should().BeTrue();
    }

    [Fact]
    public async Task Many_that_fail_at_once_do_not_all_ask_at_once()
    {
        for (var i = 0; i < 20; i++)
        {
            Fail(New(hasOwnChance: true));
        }

        var pauses = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            pauses.Add(await NextPauseAsync());
        }

        pauses.Should().OnlyContain(pause => pause >= 75 && pause <= 125);
        pauses.Distinct().Should().HaveCountGreaterThan(1);
    }

    [Fact]
    public async Task It_ends_when_the_root_is_covered_and_begins_anew_with_the_next_failure()
    {
        var supervisor = New();
        var attempts = 0;
        _restart = _ =>
        {
            if (++attempts < 3)
            {
                return FailAgain(supervisor);
            }

            supervisor.Cover();
            return Task.FromResult(true);
        };

        Fail(supervisor);
        supervisor.Uncovered.Problem.Should().Be("broken");
        for (var i = 0; i < 3; i++)
        {
            await PassPauseAsync();
            await AttemptAsync();
        }

        await _writer.HeardAsync("covered SourceError");
        supervisor.Uncovered.Problem.Should().BeNull();
        supervisor.IsRestartPending.Should().BeFalse();
        Fail(supervisor);
        (await NextPauseAsync()).Should().Be(100, "no other pause came before, and this is a first failure");
        _log.Names.Should().Equal("SourceRestarting", "SourceRestartFailed", "SourceRestarted", "SourceRestarting");
    }

    [Theory]
    [InlineData(29_000, 200)]
    [InlineData(30_000, 100)]
    public async Task What_fails_soon_after_it_was_covered_is_not_begun_anew(int coveredFor, double pause)
    {
        var supervisor = New(steadyAfter: TimeSpan.FromSeconds(30));
        _restart = _ =>
        {
            supervisor.Cover();
            return Task.FromResult(true);
        };
        Fail(supervisor);
        await PassPauseAsync();
        await supervisor.RestartNow();

        _time.Advance(TimeSpan.FromMilliseconds(coveredFor));
        Fail(supervisor);

        (await NextPauseAsync()).Should().Be(pause);
    }

    [Fact]
    public async Task What_is_found_dead_is_restarted_without_a_pause_once()
    {
        var supervisor = New();
        _restart = _ =>
        {
            supervisor.Fail(GapCause.SourceError, "dead", new IOException("dead"), isAtOnce: true);
            return Task.FromResult(false);
        };

        supervisor.Fail(GapCause.SourceError, "dead", new IOException("dead"), isAtOnce: true);
        await AttemptAsync();

        (await NextPauseAsync()).Should().Be(200, "one that dies again and again waits like any other");
    }

    [Fact]
    public async Task Failures_while_a_restart_is_waited_for_ask_for_no_other()
    {
        var supervisor = New();
        Fail(supervisor);
        Fail(supervisor);
        var asked = supervisor.RestartNow();

        (await PassPauseAsync()).Should().Be(100);
        await asked.WaitAsync(Deadline, Token);

        _attempts.Reader.TryRead(out _).Should().BeTrue();
        _attempts.Reader.TryRead(out _).Should().BeFalse();
        Fail(supervisor);
        (await NextPauseAsync()).Should().Be(200, "one failure was counted");
    }

    [Fact]
    public async Task A_failure_during_a_restart_is_followed_by_another_one_when_that_has_ended()
    {
        var (running, most) = (0, 0);
        _restart = async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await _go.Task;
            Interlocked.Decrement(ref running);
            return true;
        };
        var supervisor = New();
        Fail(supervisor);
        await PassPauseAsync();
        await AttemptAsync();

        // Without a pause, so that only the one under way can hold it back.
        var second = supervisor.RestartNow();
        supervisor.IsRestartPending.Should().BeTrue();
        for (var i = 0; i < 1_000; i++)
        {
            await Task.Yield();
        }

        _attempts.Reader.TryRead(out _).Should().BeFalse();
        _go.SetResult();
        await second.WaitAsync(Deadline, Token);

        await AttemptAsync();
        most.Should().Be(1);
    }

    [Fact]
    public async Task A_restart_that_threw_does_not_keep_the_next_one_from_being_made()
    {
        var supervisor = New();
        _restart = _ =>
        {
            _restart = _ => Task.FromResult(true);
            throw new InvalidOperationException("a defect");
        };
        await supervisor.Invoking(failing => failing.RestartNow()).Should().ThrowAsync<InvalidOperationException>();

        await supervisor.RestartNow();

        _log.Names.Should().Equal("SourceRestarted");
    }

    [Fact]
    public async Task Who_tries_by_himself_cancels_what_is_waited_for_and_what_has_begun()
    {
        _restart = async _ =>
        {
            await _go.Task;
            return false;
        };
        var supervisor = New();
        var first = supervisor.RestartNow();
        var begun = await AttemptAsync();
        Fail(supervisor);
        var second = supervisor.RestartNow();

        supervisor.CancelRestart();
        begun.IsCancellationRequested.Should().BeTrue();
        supervisor.IsRestartPending.Should().BeFalse();
        _go.SetResult();
        await Task.WhenAll(first, second).WaitAsync(Deadline, Token);

        _attempts.Reader.TryRead(out _).Should().BeFalse();
        await supervisor.RestartNow();
        await AttemptAsync();
    }

    [Fact]
    public async Task Nothing_is_restarted_after_the_end()
    {
        var supervisor = New();
        Fail(supervisor);
        await NextPauseAsync();

        await supervisor.DisposeAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        Fail(supervisor);
        supervisor.RestartLater();
        await supervisor.RestartNow();
        _time.Advance(TimeSpan.FromMinutes(5));
        await supervisor.DisposeAsync();

        supervisor.IsRestartPending.Should().BeFalse();
        _attempts.Reader.TryRead(out _).Should().BeFalse();
        _log.Names.Should().Equal("SourceRestarting");
    }

    [Fact]
    public async Task The_end_waits_for_a_restart_that_has_begun()
    {
        _restart = async _ =>
        {
            await _go.Task;
            return false;
        };
        var supervisor = New();
        _ = supervisor.RestartNow();
        var begun = await AttemptAsync();

        var ended = supervisor.DisposeAsync().AsTask();

        ended.IsCompleted.Should().BeFalse();
        begun.IsCancellationRequested.Should().BeTrue();
        _go.SetResult();
        await ended.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task Failures_and_cancellations_from_many_threads_make_one_restart_at_a_time()
    {
        var (running, most) = (0, 0);
        _restart = async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return true;
        };
        var supervisor = New();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                switch ((i + thread) % 4)
                {
                    case 0:
                        supervisor.RestartLater(isAtOnce: true);
                        break;
                    case 1:
                        supervisor.CancelRestart();
                        break;
                    case 2:
                        supervisor.NoteCovered();
                        break;
                    default:
                        _ = supervisor.RestartNow();
                        break;
                }

                await Task.Yield();
            }
        })));
        supervisor.CancelRestart();
        await supervisor.RestartNow().WaitAsync(Deadline, Token);

        most.Should().Be(1);
        running.Should().Be(0);
        supervisor.IsRestartPending.Should().BeFalse();
    }

    private static void Fail(SourceSupervisor supervisor) => supervisor.Fail(GapCause.SourceError, "broken", new IOException("broken"));

    private static Task<bool> FailAgain(SourceSupervisor supervisor)
    {
        Fail(supervisor);
        return Task.FromResult(false);
    }

    private SourceSupervisor New(TimeSpan steadyAfter = default, bool hasOwnChance = false)
    {
        var uncovered = new UncoveredRoot(AwaitableWriter.Root("/root"), _writer, PauseClock.Comparing, _time);
        var supervisor = hasOwnChance
            ? new SourceSupervisor(uncovered, TryAsync, _time, _log, steadyAfter)
            : new SourceSupervisor(uncovered, TryAsync, _time, _log, steadyAfter) { Chance = () => _chance };
        _made.Add(supervisor);
        return supervisor;

        Task<bool> TryAsync(CancellationToken cancelled)
        {
            _attempts.Writer.TryWrite(cancelled);
            return _restart(cancelled);
        }
    }

    private async Task<CancellationToken> AttemptAsync() => await _attempts.Reader.ReadAsync(Token).AsTask().WaitAsync(Deadline, Token);

    private async Task<double> NextPauseAsync() => (await _time.Pauses.ReadAsync(Token).AsTask().WaitAsync(Deadline, Token)).TotalMilliseconds;

    private async Task<double> PassPauseAsync()
    {
        var pause = await NextPauseAsync();
        _time.Advance(TimeSpan.FromMilliseconds(pause));
        return pause;
    }

    /// <summary>Says which pauses it was asked for, those between two comparisons excepted.</summary>
    private sealed class PauseClock : FakeTimeProvider
    {
        public static readonly TimeSpan Comparing = TimeSpan.FromHours(1);

        private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

        public ChannelReader<TimeSpan> Pauses => _pauses.Reader;

        public bool IsBroken { get; set; }

        public override long GetTimestamp() => IsBroken ? throw new InvalidOperationException("The clock is broken.") : base.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime != Comparing)
            {
                _pauses.Writer.TryWrite(dueTime);
            }

            return timer;
        }
    }
}
