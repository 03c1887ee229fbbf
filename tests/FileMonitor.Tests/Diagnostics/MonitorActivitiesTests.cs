using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Diagnostics;

public sealed class MonitorActivitiesTests : IDisposable
{
    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public MonitorActivitiesTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "FileMonitor",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (Equals(span.GetTagItem("filemonitor.name"), _name))
                {
                    _spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task Life_sinks_comparisons_and_files_without_checksum_have_spans_as_documented()
    {
        using var request = new Activity("request").Start();
        await using var tree = await MonitoredTree.StartAsync("a=1", null, parts => parts.Name = _name);
        request.Stop();
        tree.Tree.WriteFile("closed", "1");
        tree.Tree.Files.Deny(tree.Tree.PathOf("closed"));
        await tree.PlayAsync("hint Created closed; wait");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "", root: 0);
        await tree.FlushAsync();
        tree.Tree.Files.Allow(tree.Tree.PathOf("closed"));
        await tree.StopAsync();

        Span("filemonitor.start").ParentSpanId.Should().Be(request.SpanId, "who starts it sees it");
        Span("filemonitor.start").Status.Should().Be(ActivityStatusCode.Unset);
        Span("filemonitor.hash").GetTagItem("filemonitor.hash.outcome").Should().Be("unreadable");
        Span("filemonitor.reconcile").GetTagItem("filemonitor.reconcile.reason").Should().Be("loss");
        Span("filemonitor.reconcile").ParentId.Should().BeNull("the request is long over");
        Span("filemonitor.sink.batch").GetTagItem("filemonitor.sink").Should().Be("required");
        Span("filemonitor.stop").Duration.Should().BeGreaterThan(TimeSpan.Zero);
        foreach (var (name, attributes) in ObservabilityDocument.Spans)
        {
            Span(name).TagObjects.Select(tag => tag.Key).Should().BeEquivalentTo(["filemonitor.name", .. attributes], name);
        }

        _spans.Select(span => span.OperationName).Distinct().Should().BeSubsetOf(ObservabilityDocument.Spans.Keys);
        _spans.SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}").Should().NotContain(value => value.Contains('/'), "a path is nobody's attribute");
    }

    [Fact]
    public async Task A_start_that_fails_says_so()
    {
        await using var tree = MonitoredTree.Create("", options => options.RootsMustExist = true, parts => parts.Name = _name);
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        await tree.Invoking(one => one.Monitor.StartAsync(TestContext.Current.CancellationToken)).Should().ThrowAsync<DirectoryNotFoundException>();

        Span("filemonitor.start").Status.Should().Be(ActivityStatusCode.Error);
        Span("filemonitor.start").StatusDescription.Should().Be(nameof(DirectoryNotFoundException), "its message has the path");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_batch_that_a_sink_refuses_says_so_and_not_in_the_sinks_own_words()
    {
        var refusing = new ScriptedSink((_, _, _) => throw new IOException("There is no room for '/var/log/audit.jsonl'."));
        await using var tree = await MonitoredTree.StartAsync("", options => options.Sinks.Retries = 0, parts =>
        {
            parts.Name = _name;
            parts.AddSink(refusing, SinkPromise.BestEffort, "refusing");
        });
        await tree.PlayAsync("write a 1; hint Created a; wait");
        await tree.StopAsync();

        var span = _spans.First(one => Equals(one.GetTagItem("filemonitor.sink"), "refusing"));
        span.Status.Should().Be(ActivityStatusCode.Error);
        span.StatusDescription.Should().NotBeNullOrEmpty().And.NotContain("/");
    }

    [Fact]
    public async Task Of_many_files_some_have_a_span()
    {
        await using var tree = await MonitoredTree.StartAsync("", null, parts => parts.Name = _name);
        const int Files = 256;
        for (var i = 0; i < Files; i++)
        {
            await tree.PlayAsync($"write f{i} 1; hint Created f{i}");
        }

        // Once past the quiet period, and then no further: a reading during which the clock is moved on is a slow one, and all of those are told.
        await tree.PlayAsync("advance 250");
        await tree.UntilAsync(() => tree.Counters.ChecksumFiles == Files);
        await tree.StopAsync();

        _spans.Count(span => span.OperationName == "filemonitor.hash").Should().Be(Files / 64);
    }

    public void Dispose() => _listener.Dispose();

    private Activity Span(string name) => _spans.First(span => span.OperationName == name);
}
