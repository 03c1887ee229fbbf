using FileMonitor.Running;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Running;

public sealed class OrderedStopTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _done = [];
    private readonly TaskCompletionSource _never = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_steps_run_in_their_order_each_after_the_one_before_has_ended()
    {
        var release = new TaskCompletionSource();
        var stopping = New()
            .Then("first", async () =>
            {
                await release.Task;
                Say("first");
            })
            .Then("second", () => SayAsync("second"), hurry: () => Say("hurry"), giveUp: () => Say("give up"))
            .RunAsync(Token);
        stopping.IsCompleted.Should().BeFalse();
        release.SetResult();
        await EndAsync(stopping);

        Done.Should().Equal("first", "second");
    }

    [Fact]
    public async Task At_the_deadline_every_step_is_told_to_hurry_also_those_to_come()
    {
        var hurried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopping = New()
            .Then("first", () => hurried.Task, hurry: () => hurried.SetResult())
            .Then("second", () => SayAsync("second"), hurry: () => Say("hurry second"), giveUp: () => Say("give up"))
            .RunAsync(Token);
        _time.Advance(Timeout - TimeSpan.FromMilliseconds(1));
        hurried.Task.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await EndAsync(stopping);

        Done.Should().BeEquivalentTo("hurry second", "second");
    }

    [Fact]
    public async Task A_step_that_throws_when_it_is_told_to_hurry_does_not_keep_the_others_from_it()
    {
        var hurried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopping = New()
            .Then("throws", () => Task.CompletedTask, hurry: () => throw new InvalidOperationException())
            .Then("second", () => hurried.Task, hurry: () => hurried.SetResult())
            .RunAsync(Token);
        _time.Advance(Timeout);
        await EndAsync(stopping);

        hurried.Task.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task A_step_that_hangs_is_given_up_after_the_grace_and_the_others_run()
    {
        var stopping = New()
            .Then("hangs", () => _never.Task, giveUp: () => Say("give up"))
            .Then("second", () => SayAsync("second"))
            .RunAsync(Token);
        await AdvanceUntilAsync(stopping);

        Done.Should().Equal("give up", "second");
    }

    [Fact]
    public async Task A_step_that_was_given_up_has_time_to_count()
    {
        var gaveUp = new TaskCompletionSource();
        var counted = new TaskCompletionSource();
        var stopping = New()
            .Then(
                "counts",
                async () =>
                {
                    await gaveUp.Task;
                    await counted.Task;
                    Say("counted");
                },
                giveUp: () => gaveUp.SetResult())
            .Then("second", () => SayAsync("second"))
            .RunAsync(Token);
        while (!gaveUp.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        counted.SetResult();
        await EndAsync(stopping);
        Done.Should().Equal("counted", "second");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_that_throws_keeps_no_other_from_running(bool atOnce)
    {
        await EndAsync(New()
            .Then("throws", atOnce ? () => throw new TimeoutException() : async () =>
            {
                await Task.Yield();
                throw new TimeoutException("its own, not the deadline's");
            }, giveUp: () => Say("give up"))
            .Then("second", () => SayAsync("second"))
            .RunAsync(Token));

        Done.Should().Equal("second");
    }

    [Fact]
    public async Task An_impatient_caller_is_a_deadline()
    {
        var stopping = New()
            .Then("first", () => _never.Task, hurry: () => _never.SetResult())
            .Then("second", () => SayAsync("second"))
            .RunAsync(new CancellationToken(canceled: true));
        await EndAsync(stopping);

        Done.Should().Equal("second");
    }

    [Fact]
    public async Task The_deadline_has_no_effect_after_the_end()
    {
        await EndAsync(New().Then("first", () => SayAsync("first"), hurry: () => Say("hurry")).RunAsync(Token));
        _time.Advance(2 * Timeout);

        Done.Should().Equal("first");
    }

    private string[] Done
    {
        get
        {
            lock (_done)
            {
                return [.. _done];
            }
        }
    }

    private static Task EndAsync(Task stopping) => stopping.WaitAsync(TimeSpan.FromSeconds(30), Token);

    private OrderedStop New() => new(Timeout, _time, NullLogger.Instance);

    private async Task AdvanceUntilAsync(Task stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!stopping.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await stopping;
    }

    private Task SayAsync(string what)
    {
        Say(what);
        return Task.CompletedTask;
    }

    private void Say(string what)
    {
        lock (_done)
        {
            _done.Add(what);
        }
    }
}
