using System.Collections.Concurrent;
using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Handling;

/// <summary>Handlers of a monitor without a store.</summary>
public sealed class HandlerTests
{
    private readonly ConcurrentQueue<string> _handled = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_gets_each_event_in_order()
    {
        await using var tree = await StartAsync(Note);
        await tree.PlayAsync("write a 1; wait; write a 2; wait; rm a; wait");
        await tree.StopAsync();

        _handled.Should().Equal("Created a", "Modified a", "Deleted a");
        Health(tree).Handled.Should().Be(3);
        Health(tree).Lag.Should().Be(0);
    }

    [Fact]
    public async Task A_stop_waits_until_everything_is_handled()
    {
        var first = new TaskCompletionSource();
        await using var tree = await StartAsync(async (auditEvent, token) =>
        {
            await first.Task;
            await Note(auditEvent, token);
        });
        await tree.PlayAsync("write a 1; write b 2; write c 3");
        var stopping = tree.Monitor.StopAsync(Token);
        await tree.UntilAsync(() => tree.Sink.Events.Count == 3);
        stopping.IsCompleted.Should().BeFalse("the handler is at work");

        first.SetResult();
        await stopping;
        _handled.Should().BeEquivalentTo("Created a", "Created b", "Created c");
    }

    [Fact]
    public async Task A_failed_event_is_tried_again_and_later_events_of_its_path_wait()
    {
        var failures = 2;
        await using var tree = await StartAsync((auditEvent, token) =>
            auditEvent is { RelativePath: "a", Kind: AuditEventKind.Created } && failures-- > 0 ? throw new IOException("busy") : Note(auditEvent, token));
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).Failures == 1);
        Health(tree).FailingSince.Should().NotBeNull();
        Health(tree).LastError.Should().Be("IOException: busy");
        tree.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Contain("busy");

        await tree.PlayAsync("write a 2");
        await tree.AdvanceUntilAsync(() => _handled.Count == 2);
        await tree.StopAsync();

        _handled.Should().Equal("Created a", "Modified a");
        Health(tree).Failures.Should().Be(2);
        Health(tree).FailingSince.Should().BeNull();
    }

    [Fact]
    public async Task An_event_that_fails_for_good_becomes_a_dead_letter_and_can_be_tried_again()
    {
        var isBroken = true;
        await using var tree = await StartAsync((auditEvent, token) => auditEvent.RelativePath == "a" && isBroken ? throw new IOException("broken") : Note(auditEvent, token));
        await tree.PlayAsync("write a 1; write b 2");
        await tree.AdvanceUntilAsync(() => _handled.Count == 1 && Health(tree) is { DeadLetters: 1, Lag: 0 });

        var letter = tree.Monitor.DeadLetters.Read("handler").Should().ContainSingle().Subject;
        letter.Event.RelativePath.Should().Be("a");
        letter.Attempts.Should().Be(3);
        letter.Error.Should().Be("IOException: broken");
        _handled.Should().Equal("Created b");
        tree.Monitor.GetHealth().Degradations.Should().Contain("Handler handler has 1 dead letters.");
        (await tree.Monitor.DeadLetters.RetryAsync("handler", Token)).Should().Be(0);

        isBroken = false;
        (await tree.Monitor.DeadLetters.RetryAsync("handler", Token)).Should().Be(1);
        _handled.Should().Equal("Created b", "Created a");
        tree.Monitor.DeadLetters.Read("handler").Should().BeEmpty();
    }

    [Fact]
    public async Task A_dead_letter_can_be_removed()
    {
        await using var tree = await StartAsync((_, _) => throw new IOException("broken"));
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).DeadLetters == 1);
        var id = tree.Monitor.DeadLetters.Read("handler")[0].Event.Id;

        tree.Monitor.DeadLetters.Remove("handler", id).Should().BeTrue();
        tree.Monitor.DeadLetters.Remove("handler", id).Should().BeFalse();
        Health(tree).DeadLetters.Should().Be(0);
        FluentActions.Invoking(() => tree.Monitor.DeadLetters.Read("other")).Should().Throw<KeyNotFoundException>();
    }

    [Fact]
    public async Task An_event_waits_while_the_list_of_dead_letters_is_full()
    {
        await using var tree = await StartBlockedAsync();
        tree.Monitor.DeadLetters.Remove("handler", tree.Monitor.DeadLetters.Read("handler")[0].Event.Id);
        await tree.AdvanceUntilAsync(() => Health(tree) is { IsBlocked: false, Lag: 0 });

        tree.Monitor.DeadLetters.Read("handler").Should().ContainSingle().Which.Event.RelativePath.Should().Be("b");
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_leaves_an_event_that_waits_for_room_in_the_list()
    {
        await using var tree = await StartBlockedAsync();
        await tree.Monitor.StopAsync(new CancellationToken(canceled: true));

        Health(tree).Lag.Should().Be(1);
        tree.Log.Has("HandlerCutOff").Should().BeTrue();
    }

    [Fact]
    public async Task Events_of_other_paths_are_handled_at_the_same_time_up_to_the_parallelism()
    {
        var (running, most) = (0, 0);
        var all = new TaskCompletionSource();
        await using var tree = await StartAsync(
            async (auditEvent, token) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                if (running == 3)
                {
                    all.TrySetResult();
                }

                await all.Task;
                Interlocked.Decrement(ref running);
                await Note(auditEvent, token);
            },
            options => options.Parallelism = 3);
        await tree.PlayAsync("write a 1; write b 2; write c 3; write d 4; write e 5");
        await tree.SettleAsync();
        await tree.StopAsync();

        _handled.Should().HaveCount(5);
        most.Should().Be(3);
    }

    [Fact]
    public async Task A_filter_leaves_events_out()
    {
        await using var tree = await StartAsync(Note, options => options.Where = static one => one.ItemType == ItemType.File);
        await tree.PlayAsync("mkdir d; write d/a 1; wait");
        await tree.StopAsync();

        _handled.Should().Equal("Created d/a");
        Health(tree).Handled.Should().Be(2);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_has_failed()
    {
        await using var tree = await StartAsync(
            (_, token) => new TaskCompletionSource().Task.WaitAsync(token),
            options =>
            {
                options.Timeout = TimeSpan.FromSeconds(1);
                options.Retry.Attempts = 1;
            });
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).DeadLetters == 1);

        tree.Monitor.DeadLetters.Read("handler")[0].Error.Should().StartWith("TimeoutException: It took longer than");
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_signals_the_token_and_says_what_is_lost()
    {
        await using var tree = await StartAsync((_, token) => new TaskCompletionSource().Task.WaitAsync(token));
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).Lag == 1);
        await tree.Monitor.StopAsync(new CancellationToken(canceled: true));

        Health(tree).Handled.Should().Be(0);
        tree.Log.Has("HandlerCutOff").Should().BeTrue();
    }

    [Theory]
    [InlineData("", 1, "Name")]
    [InlineData("a b", 1, "Name")]
    [InlineData("a", 0, "Parallelism (0)")]
    public void Wrong_options_are_refused(string name, int parallelism, string expected) =>
        FluentActions.Invoking(() => new FileMonitorComponents().AddHandler(Note, options => (options.Name, options.Parallelism) = (name, parallelism)))
            .Should().Throw<ArgumentException>().Which.Message.Should().Contain(expected);

    [Fact]
    public void Two_handlers_of_one_name_are_refused() =>
        FluentActions.Invoking(() => new FileMonitorComponents().AddHandler(Note).AddHandler(Note)).Should().Throw<ArgumentException>().WithMessage("Two handlers have the name 'handler'*");

    /// <summary>The event of a is a dead letter, and that of b waits because there is room for one. In this order: the retries of two paths would overtake each other.</summary>
    private static async Task<MonitoredTree> StartBlockedAsync()
    {
        var tree = await StartAsync((_, _) => throw new IOException("broken"), options => options.MaxDeadLetters = 1);
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree) is { DeadLetters: 1, Lag: 0 });
        await tree.PlayAsync("write b 2");
        await tree.AdvanceUntilAsync(() => Health(tree) is { IsBlocked: true, Lag: 1 });
        return tree;
    }

    private static HandlerHealth Health(MonitoredTree tree) => tree.Monitor.GetHealth().Handlers.Single();

    private static Task<MonitoredTree> StartAsync(Func<AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions>? configure = null) =>
        MonitoredTree.StartAsync(components: components => components.AddHandler(handle, options =>
        {
            options.Retry.Attempts = 3;
            configure?.Invoke(options);
        }));

    private Task Note(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        _handled.Enqueue($"{auditEvent.Kind} {auditEvent.RelativePath}");
        return Task.CompletedTask;
    }
}
