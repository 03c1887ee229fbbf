using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Diagnostics;

/// <summary>What is documented is there, and what is there is documented.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public async Task Every_metric_is_documented_with_its_type_and_unit_and_every_documented_one_exists()
    {
        using var measured = new Measurements(listens: false);
        await using var tree = MonitoredTree.Create("", null, parts => parts.MeterFactory = measured);

        measured.Instruments.Select(instrument => (instrument.Name, TypeOf(instrument), instrument.Unit))
            .Should().BeEquivalentTo(ObservabilityDocument.Metrics.Select(metric => (metric.Name, metric.Type, metric.Unit)));
        measured.Instruments.Should().OnlyContain(instrument => instrument.Description!.EndsWith('.'));
        await tree.StopAsync();
    }

    [Fact]
    public async Task Attributes_are_those_that_are_documented_their_values_too_and_none_is_a_path()
    {
        using var measured = new Measurements();
        await using var tree = await MonitoredTree.StartAsync("a=1 d/x=2", null, parts =>
        {
            parts.MeterFactory = measured;
            parts.AddHandler((_, _) => Task.CompletedTask);
        });
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        await tree.PlayAsync("write b 1; hint Created b; hint Modified d/x; wait; mv b c; hint Renamed c b; wait");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "", root: 0);
        tree.Tree.Files.Allow(tree.Tree.PathOf("d"));
        await tree.FlushAsync();
        measured.Observe();

        // A scripted source has no watches, and this monitor has no durable state, so nothing is measured there.
        var attributes = measured.Tags.Keys.Where(key => key.Tag != "filemonitor.name").ToLookup(key => key.Instrument, key => key.Tag);
        foreach (var metric in ObservabilityDocument.Metrics.Where(metric => !metric.Name.StartsWith("filemonitor.watch", StringComparison.Ordinal) && metric.Name != "filemonitor.cursor.lag"))
        {
            attributes[metric.Name].Distinct().Should().BeEquivalentTo(metric.Attributes, metric.Name);
        }

        foreach (var (instrument, tag, value) in measured.Tags.Keys)
        {
            value.Should().NotContain("/").And.NotContain("scripted/", instrument);
            if (tag is not ("filemonitor.name" or "filemonitor.sink" or "filemonitor.handler" or "filemonitor.source"))
            {
                ObservabilityDocument.Text.Should().Contain($"`{value}`", tag);
            }
        }

        await tree.StopAsync();
    }

    [Fact]
    public void Every_log_message_is_documented_with_its_id_name_level_and_words() =>
        Messages().Should().BeEquivalentTo(ObservabilityDocument.Logs);

    [Fact]
    public void No_message_is_written_in_another_form() =>
        Sources().Sum(file => file.Lines.Count(line => line.Contains("[LoggerMessage(", StringComparison.Ordinal))).Should().Be(Messages().Count);

    [Fact]
    public void Log_ids_and_names_are_nobody_elses()
    {
        Messages().Select(message => message.Id).Should().OnlyHaveUniqueItems();
        Messages().Select(message => message.Name).Should().OnlyHaveUniqueItems();
    }

    private static IEnumerable<(string Path, string[] Lines)> Sources() => RepositoryFiles.Sources("src").Concat(RepositoryFiles.Sources("samples/FileMonitor.Agent"));

    /// <summary>Those of all packages and of the agent, read from their sources: what none of them uses any more would not show otherwise.</summary>
    private static IReadOnlyList<(int Id, string Name, string Level, string Message)> Messages() =>
    [
        .. from file in Sources()
           from line in file.Lines
           let message = LoggerMessage().Match(line)
           where message.Success
           select (int.Parse(message.Groups["id"].Value, null), message.Groups["name"].Value, message.Groups["level"].Value, message.Groups["words"].Value),
    ];

    private static string TypeOf(Instrument instrument) => instrument switch
    {
        ObservableCounter<long> or ObservableCounter<double> => "Counter",
        ObservableUpDownCounter<long> => "UpDownCounter",
        Histogram<double> => "Histogram",
        ObservableGauge<double> => "Gauge",
        _ => instrument.GetType().Name,
    };

    [GeneratedRegex("""\[LoggerMessage\((?<id>[0-9]+), LogLevel\.(?<level>[A-Za-z]+), "(?<words>[^"]*)", EventName = "(?<name>[A-Za-z]+)"\)\]""")]
    private static partial Regex LoggerMessage();
}
