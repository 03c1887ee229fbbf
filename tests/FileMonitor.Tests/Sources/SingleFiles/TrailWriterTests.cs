using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Sources.SingleFiles;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.SingleFiles;

/// <summary>What a source says about directories, as the monitor hears it about files.</summary>
public sealed class TrailWriterTests
{
    private readonly RecordingWriter _said = new();
    private readonly TrailWriter _writer;
    private readonly FileWatch _file = File(0);
    private readonly FileWatch _other = File(1);
    private readonly TrailDirectory _links = Directory("/links");
    private readonly TrailDirectory _end = Directory("/end");

    public TrailWriterTests()
    {
        _writer = new TrailWriter(_said, file => _said.Lines.Add($"ask {file.Root.Index}"), file => _said.Lines.Add($"follow {file.Root.Index}"));
        _writer.Add(_links);
        _writer.Add(_end);
        _writer.SetNames(_links, [new TrailName(_file, "link", IsEnd: false)]);
        _writer.SetNames(_end, [new TrailName(_file, "c", IsEnd: true)]);
    }

    [Fact]
    public void A_write_to_the_file_is_a_hint_alone() => Hear(new FileChange(FileChangeKind.Modified, _end.Root, "c") { IsFinished = true }).Should().Equal("Modified f finished");

    [Fact]
    public void A_file_that_is_another_item_now_may_be_a_link() => Hear(new FileChange(FileChangeKind.Renamed, _end.Root, "c", "c.tmp")).Should().Equal("Created f", "ask 0");

    [Fact]
    public void A_file_that_is_renamed_away_is_gone() => Hear(new FileChange(FileChangeKind.Renamed, _end.Root, "c.old", "c")).Should().Equal("Deleted f", "ask 0");

    [Fact]
    public void A_link_that_changes_leads_elsewhere() => Hear(new FileChange(FileChangeKind.Created, _links.Root, "link") { IsFinished = true }).Should().Equal("Look f", "ask 0");

    [Theory]
    [InlineData("d")]
    [InlineData("link")]
    [InlineData("below/c")]
    public void Any_other_name_is_nothing(string name) => Hear(new FileChange(FileChangeKind.Created, _end.Root, name)).Should().BeEmpty();

    [Fact]
    public void A_loss_is_looked_for_and_is_no_gap()
    {
        _writer.ReportLoss(_end.Root, "", GapCause.SourceRestarted, "why");

        _said.Lines.Should().Equal("ask 0");
    }

    [Fact]
    public void A_condition_of_two_directories_ends_with_the_second()
    {
        _writer.ReportUncovered(_end.Root, "", GapCause.SourceError, "end");
        _writer.ReportUncovered(_links.Root, "", GapCause.SourceError, "links");
        _writer.ReportCovered(_end.Root, "", GapCause.SourceError);
        _writer.ReportCovered(_links.Root, "", GapCause.SourceError);

        _said.Lines.Where(line => line != "ask 0").Should().Equal("uncovered: SourceError 0: end", "uncovered: SourceError 0: links", "covered: SourceError 0:");
    }

    [Fact]
    public void A_condition_is_that_of_the_files_whose_ways_lead_through_the_directory_now()
    {
        _writer.ReportUncovered(_end.Root, "", GapCause.PartialCoverage, "end");
        _writer.SetNames(_end, [new TrailName(_file, "c", IsEnd: true), new TrailName(_other, "c", IsEnd: true)]);
        _writer.SetNames(_end, [new TrailName(_other, "c", IsEnd: true)]);

        _said.Lines.Should().Equal("uncovered: PartialCoverage 0: end", "uncovered: PartialCoverage 1: end", "covered: PartialCoverage 0:");
    }

    [Fact]
    public async Task A_comparison_is_one_of_each_file_and_no_hint()
    {
        _writer.SetNames(_end, [new TrailName(_file, "c", IsEnd: true), new TrailName(_other, "c", IsEnd: true)]);

        await _writer.CompareAsync(_end.Root, "");

        _said.Lines.Should().BeEquivalentTo("follow 0", "compare 0:", "follow 1", "compare 1:");
    }

    private static FileWatch File(int index) => new(new MonitoredRoot(index, $"/{index}/f", $"/{index}/f/", IgnoreRules.Only("f", ignoreCase: false), fileName: "f"));

    private static TrailDirectory Directory(string path) => new(new MonitoredRoot(0, path, path, IgnoreRules.None, RootSettings.Default with { Recursive = false }), default);

    private List<string> Hear(FileChange change)
    {
        _writer.Write(change);
        return _said.Lines;
    }
}
