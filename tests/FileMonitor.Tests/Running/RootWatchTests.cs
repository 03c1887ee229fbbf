using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Running;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Running;

public sealed class RootWatchTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SteppedClock _time = new();
    private readonly CapturingLog _log = new();
    private readonly MonitoredRoot _root = new(0, "/root", "/root", IgnoreRules.None);
    private readonly ConcurrentQueue<string> _told = new();
    private readonly ManualResetEventSlim _answers = new(initialState: true);
    private volatile string? _problem;
    private volatile int _number = 1;
    private volatile bool _isAsBefore;
    private volatile int _passed;
    private RootRound? _round;
    private volatile int _looks;
    private volatile Func<CancellationToken, Task> _rearm = _ => Task.CompletedTask;
    private volatile Action _onLook = () => { };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _round?.Dispose();
        _answers.Dispose();
    }

    [Fact]
    public async Task A_root_that_is_there_is_none_to_talk_about()
    {
        await using var watch = await StartAsync(Second);
        await StepAsync(Second, times: 3);

        _told.Should().BeEmpty();
        watch.Problem.Should().BeNull();
    }

    [Fact]
    public async Task A_loss_is_told_once_and_the_reason_is_kept_up_to_date()
    {
        await using var watch = await StartAsync(Second);
        _problem = "gone";
        await StepAsync(Second, times: 3);
        _problem = "closed";
        await StepAsync(Second);
        await UntilAsync(() => watch.Problem == "closed");

        _told.Should().Equal("lost: gone");
    }

    [Fact]
    public async Task A_root_that_is_back_is_armed_before_it_is_said_to_be_back()
    {
        await using var watch = await StartAsync(Second);
        _problem = "gone";
        await StepAsync(Second);
        await UntilAsync(() => _told.Count == 1);
        (_problem, _number) = (null, 2);
        await StepAsync(Second);
        await UntilAsync(() => _told.Count == 3);

        _told.Should().Equal("lost: gone", "armed", "restored: 2");
        watch.Problem.Should().BeNull();
        _root.PhysicalPath.Should().Be("/physical/2");
        await StepAsync(Second, times: 2);
        _told.Should().HaveCount(3);
    }

    [Fact]
    public async Task Another_directory_in_its_place_is_a_loss_and_is_armed()
    {
        await using var watch = await StartAsync(Second);
        _number = 2;
        await StepAsync(Second);
        await UntilAsync(() => _told.Count == 3);

        _told.First().Should().StartWith("lost: Another directory");
        _told.Skip(1).Should().Equal("armed", "restored: 2");
    }

    [Fact]
    public async Task A_root_that_was_missing_at_the_start_is_not_told_to_be_lost_again()
    {
        _problem = "not there yet";
        await using var watch = await StartAsync(Second);
        watch.Problem.Should().Be("not there yet");
        await StepAsync(Second);
        _problem = null;
        await StepAsync(Second);
        await UntilAsync(() => _told.Count == 2);

        _told.Should().Equal("armed", "restored: 1");
        watch.Problem.Should().BeNull();
    }

    [Fact]
    public async Task A_root_that_is_as_before_is_looked_at_closely_once_in_a_hundred_and_twenty_rounds()
    {
        await using var watch = await StartAsync(Second);
        _isAsBefore = true;
        for (var second = 0; second < 240; second++)
        {
            var passed = _passed + _looks;
            _time.Advance(Second);
            await UntilAsync(() => _passed + _looks > passed && !_round!.IsPassing && !watch.IsLooking);
        }

        _looks.Should().Be(2);
        _isAsBefore = false;
        await StepAsync(Second);
        _looks.Should().Be(3, "what is not as before is looked at at once");
    }

    [Fact]
    public async Task A_file_system_that_hangs_keeps_no_other_root_waiting()
    {
        var looked = new ConcurrentQueue<int>();
        var hangs = new TaskCompletionSource();
        var watches = Enumerable.Range(0, 3).Select(number => new RootWatch(
            _root,
            See(),
            new RootCare(
                () =>
                {
                    looked.Enqueue(number);
                    return See();
                },
                () =>
                {
                    if (number == 1)
                    {
                        hangs.Task.GetAwaiter().GetResult();
                    }

                    return number < 2;
                },
                _ => Task.CompletedTask,
                _ => { },
                _ => { }),
            Second,
            _time,
            _log)).ToArray();
        Array.ForEach(watches, watch => watch.Start());
        using var round = new RootRound(() => watches, Second, _time);
        round.Start();

        await AdvanceUntilAsync(() => looked.Count(number => number == 2) > 3);

        looked.Should().Contain(1, "the one that hangs is looked at by somebody who notices that");
        hangs.SetResult();
        await Task.WhenAll(watches.Select(watch => watch.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Arming_is_tried_again_less_and_less_often()
    {
        var tries = new ConcurrentQueue<int>();
        var second = 0;
        _rearm = _ =>
        {
            tries.Enqueue(Volatile.Read(ref second));
            throw new IOException("no watch left");
        };
        await using var watch = await StartAsync(Second);
        watch.NoteLost("gone");
        await UntilAsync(() => tries.Count == 1);
        await LookAgainAsync();
        while (second < 95)
        {
            Volatile.Write(ref second, second + 1);
            await StepAsync(Second);
            await LookAgainAsync();
        }

        tries.Should().Equal(0, 1, 3, 7, 15, 31, 61, 91);
        watch.Problem.Should().NotBeNull();
        _told.Should().BeEmpty("the pump knows already");

        async Task LookAgainAsync()
        {
            // A second look at the same time begins when all that follows from the first is done, and tries nothing.
            var looks = _looks;
            watch.NoteLost("gone");
            await UntilAsync(() => _looks > looks);
        }
    }

    [Fact]
    public async Task Where_a_root_is_looked_at_seldom_arming_is_tried_at_each_look()
    {
        var tries = 0;
        _rearm = _ => Interlocked.Increment(ref tries) < 3 ? throw new UnauthorizedAccessException("closed") : Task.CompletedTask;
        var interval = TimeSpan.FromHours(1);
        await using var watch = await StartAsync(interval);
        watch.NoteLost("gone");

        // The pause after a try is counted from its end: the clock may only go on after that.
        await UntilAsync(() => watch.Rearmings == 1);
        watch.Problem.Should().Contain("cannot be watched: closed");
        await StepAsync(interval);
        await UntilAsync(() => watch.Rearmings == 2);
        await StepAsync(interval);
        await UntilAsync(() => watch.Problem is null);

        tries.Should().Be(3);
        _log.Has("RootCheckFailed").Should().BeFalse("that would be a defect");
    }

    [Fact]
    public async Task A_file_system_that_does_not_answer_is_a_loss_and_is_asked_only_once()
    {
        await using var watch = await StartAsync(Second);
        _answers.Reset();
        await StepAsync(Second);
        await AdvanceUntilAsync(() => !_told.IsEmpty);
        _told.Should().ContainSingle().Which.Should().Contain("does not answer");
        for (var step = 0; step < 20; step++)
        {
            _time.Advance(Second);
            await Task.Yield();
        }

        _looks.Should().Be(1);
        _answers.Set();
        while (watch.Problem is not null)
        {
            // Not while a look is under way: that would be a file system that does not answer, once more.
            await UntilAsync(() => !watch.IsLooking);
            _time.Advance(Second);
            await Task.Yield();
        }

        await UntilAsync(() => _told.Count >= 3);
        _told.Should().HaveCount(3);
    }

    [Fact]
    public async Task What_the_pump_noticed_is_looked_at_right_away()
    {
        await using var watch = await StartAsync(TimeSpan.FromHours(1));
        _problem = "gone";
        watch.NoteLost("noticed");
        await UntilAsync(() => watch.Problem == "gone");
        _told.Should().BeEmpty("the pump knows");

        _problem = null;
        watch.NoteLost("noticed");

        // Health says that the root is there before the pump is told: only when the look is over are both done.
        await UntilAsync(() => watch.Problem is null && !watch.IsLooking);
        _told.Should().Equal("armed", "restored: 1");
    }

    [Fact]
    public async Task A_look_that_throws_is_logged_and_not_the_last()
    {
        await using var watch = await StartAsync(Second);
        _onLook = () => throw new InvalidTimeZoneException("A host's defect.");
        await StepAsync(Second);
        await UntilAsync(() => _log.Has("RootCheckFailed"));
        _onLook = () => { };
        _problem = "gone";
        await StepAsync(Second);
        await UntilAsync(() => watch.Problem == "gone");
    }

    [Fact]
    public async Task Arming_that_fails_in_an_unknown_way_is_logged_and_tried_again()
    {
        await using var watch = await StartAsync(Second);
        _rearm = _ => throw new InvalidTimeZoneException("A host's defect.");
        watch.NoteLost("gone");
        await UntilAsync(() => _log.Has("RootCheckFailed"));
        _rearm = _ => Task.CompletedTask;
        await StepAsync(Second);
        await UntilAsync(() => watch.Problem is null);
    }

    [Fact]
    public async Task It_can_be_disposed_before_it_is_started_and_twice()
    {
        var watch = New(Second);
        await watch.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        await watch.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        var running = await StartAsync(Second);
        await StepAsync(Second);
        await running.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        await running.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        _time.Advance(Second);
        _looks.Should().Be(1);
    }

    [Fact]
    public async Task It_can_be_disposed_while_a_file_system_does_not_answer()
    {
        var watch = await StartAsync(Second);
        _answers.Reset();
        await StepAsync(Second);
        await watch.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        _answers.Set();

        _told.Should().BeEmpty();
    }

    [Fact]
    public async Task It_can_be_disposed_while_the_root_is_being_armed()
    {
        var watch = await StartAsync(Second);
        _rearm = token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
        watch.NoteLost("gone");
        await UntilAsync(() => _told.Contains("armed"));
        await watch.DisposeAsync().AsTask().WaitAsync(Patience, Token);

        _told.Should().Equal("armed");
        watch.Problem.Should().Be("gone");
        _log.Has("RootCheckFailed").Should().BeFalse();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => UntilAsync(() =>
    {
        _time.Advance(Second);
        return condition();
    });

    /// <summary>Moves the clock to the next look, and waits until that has begun.</summary>
    private async Task StepAsync(TimeSpan interval, int times = 1)
    {
        for (var step = 0; step < times; step++)
        {
            var looks = _looks;
            _time.Advance(interval);
            await UntilAsync(() => _looks > looks);
        }
    }

    private async Task<RootWatch> StartAsync(TimeSpan interval)
    {
        var watch = New(interval);
        watch.Start();
        (_round = new RootRound(() => [watch], interval, _time)).Start();

        // Before there is a timer no step of the clock counts.
        await _time.StartedAsync(due => due == interval);
        return watch;
    }

    private RootWatch New(TimeSpan interval) => new(
        _root,
        See(),
        new RootCare(
            Look,
            () =>
            {
                Interlocked.Increment(ref _passed);
                return _isAsBefore;
            },
            token =>
            {
                var arming = _rearm(token);
                _told.Enqueue("armed");
                return arming;
            },
            problem => _told.Enqueue($"lost: {problem}"),
            status => _told.Enqueue($"restored: {status.FileNumber}")),
        interval,
        _time,
        _log);

    private RootSighting Look()
    {
        Interlocked.Increment(ref _looks);
        _onLook();
        _answers.Wait(Token);
        return See();
    }

    private RootSighting See() => new(
        _problem,
        $"/physical/{_number}",
        new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory, Device = 1, FileNumber = (ulong)_number });
}
