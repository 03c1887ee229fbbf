using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Delivery;

/// <summary>Subscriptions of a monitor without durable state: the same members, with the place in memory.</summary>
public sealed class SubscriptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_acknowledged_is_told_again_to_the_next_enumeration()
    {
        await using var tree = MonitoredTree.Create();
        var subscription = tree.Monitor.Subscribe("ingest");
        await tree.Monitor.StartAsync(Token);
        await tree.PlayAsync("write a 1; wait; write b 2; wait; write c 3; wait");

        (await TakeAsync(subscription, count: 3, acknowledged: 1)).Should().Equal("a", "b", "c");
        (await TakeAsync(subscription, count: 2, acknowledged: 2)).Should().Equal("b", "c");

        subscription.IsDurable.Should().BeFalse();
        subscription.Lag.Should().Be(0);
        await tree.PlayAsync("write d 4; wait");
        (await TakeAsync(subscription, count: 1, acknowledged: 1)).Should().Equal("d");
    }

    [Fact]
    public async Task One_that_acknowledges_nothing_is_told_no_more_than_its_bound()
    {
        await using var tree = MonitoredTree.Create(configure: options => options.Readers.BufferCapacity = 2);
        var subscription = tree.Monitor.Subscribe("ingest");
        await tree.Monitor.StartAsync(Token);
        await tree.PlayAsync("write a 1; wait; write b 2; wait; write c 3; wait");
        await using var events = subscription.GetAsyncEnumerator(Token);
        (await events.MoveNextAsync()).Should().BeTrue();
        var first = events.Current;
        (await events.MoveNextAsync()).Should().BeTrue();

        var third = events.MoveNextAsync().AsTask();
        third.IsCompleted.Should().BeFalse();
        subscription.Acknowledge(first);

        (await third.WaitAsync(TimeSpan.FromSeconds(30), Token)).Should().BeTrue();
        events.Current.RelativePath.Should().Be("c");
    }

    [Fact]
    public async Task A_subscription_has_one_consumer_at_a_time_and_one_name()
    {
        await using var tree = await MonitoredTree.StartAsync();
        var subscription = tree.Monitor.Subscribe("ingest");
        tree.Monitor.Subscribe("ingest").Should().BeSameAs(subscription);
        await using var first = subscription.GetAsyncEnumerator(Token);
        var waiting = first.MoveNextAsync().AsTask();
        await using var second = subscription.GetAsyncEnumerator(Token);

        var act = () => second.MoveNextAsync().AsTask();

        await act.Should().ThrowAsync<InvalidOperationException>().WithMessage("*ingest*consumer*");
        await tree.Monitor.StopAsync(Token);
        (await waiting.WaitAsync(TimeSpan.FromSeconds(30), Token)).Should().BeFalse("the monitor has stopped");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("\u00e4")]
    public async Task A_name_that_could_not_be_kept_is_refused(string name)
    {
        await using var tree = MonitoredTree.Create();
        tree.Monitor.Invoking(monitor => monitor.Subscribe(name)).Should().Throw<ArgumentException>();
    }

    private static async Task<List<string>> TakeAsync(EventSubscription subscription, int count, int acknowledged)
    {
        var told = new List<string>();
        await foreach (var one in subscription.WithCancellation(Token))
        {
            told.Add(one.RelativePath);
            if (told.Count <= acknowledged)
            {
                subscription.Acknowledge(one);
            }

            if (told.Count == count)
            {
                break;
            }
        }

        return told;
    }
}
