using System.Text;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Search;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace FileMonitor.Agent.Tests.Search;

/// <summary>What a search finds of one event, and what it refuses.</summary>
public sealed class SearchFilterTests
{
    private const string Line = """
        {"id":"01a22a27-9df4-7366-b99c-d93af7a8824f","sequence":7,"kind":"Renamed","origin":"Offline","itemType":"File","monitor":"in","root":"/srv","relativePath":"new/B_c-1.PEM","path":"/srv/new/B_c-1.PEM",
        "oldRelativePath":"old/a","oldPath":"/srv/old/a","size":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","occurredAt":"2026-03-01T12:00:00Z","emittedAt":"2026-03-01T12:00:01Z",
        "actor":{"confidence":"ExecCache","executable":"/usr/bin/mv","userId":1000,"userName":"alice"},"detail":"Why not.","unknown":{"path":"/elsewhere"}}
        """;

    [Theory]
    [InlineData("monitor=in", true)]
    [InlineData("monitor=out", false)]
    [InlineData("path=/srv/new/", true)]
    [InlineData("path=/srv/old", true)]
    [InlineData("path=/SRV", false)]
    [InlineData("path=/elsewhere", false)]
    [InlineData("glob=/srv/**/*.PEM", true)]
    [InlineData("glob=/srv/*.PEM", false)]
    [InlineData("glob=/srv/new/B_c-?.PEM", true)]
    [InlineData("glob=/srv/new/B_c-1.PE", false)]
    [InlineData("glob=/srv/old/?", true)]
    [InlineData("glob=/srv/**", true)]
    [InlineData("glob=/srv/new/B_c-1[.]PEM", false)]
    [InlineData("text=b_C", true)]
    [InlineData("text=WHY", true)]
    [InlineData("text=0361a396", true)]
    [InlineData("text=elsewhere", false)]
    [InlineData("kind=renamed", true)]
    [InlineData("kind=Created,Renamed", true)]
    [InlineData("kind=Created", false)]
    [InlineData("origin=Offline,Live", true)]
    [InlineData("origin=Live", false)]
    [InlineData("user=alice", true)]
    [InlineData("user=1000", true)]
    [InlineData("user=ali", false)]
    [InlineData("program=mv", true)]
    [InlineData("program=/usr/bin/mv", true)]
    [InlineData("program=v", false)]
    [InlineData("sha256=BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", true)]
    [InlineData("sha256=00000000000000000000000000000000b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("from=2026-03-01T12:00:00Z", true)]
    [InlineData("from=2026-03-01T13:00:00%2B01:00", true)]
    [InlineData("from=2026-03-01T12:00:00.001Z", false)]
    [InlineData("to=2026-03-01T12:00:00Z", false)]
    [InlineData("to=2026-03-01T12:00:00.001Z", true)]
    [InlineData("id=01a22a27-9df4-7366-b99c-d93af7a8824f", true)]
    [InlineData("id=01a22a27-9df4-7366-b99c-d93af7a88240", false)]
    [InlineData("monitor=in&sequence=7", true)]
    [InlineData("monitor=in&sequence=8", false)]
    [InlineData("kind=Renamed&user=bob", false)]
    public void All_that_is_given_must_hold(string query, bool isFound)
    {
        var (filter, problem) = Read(query);

        Assert.Null(problem);
        Assert.Equal(isFound, filter.Matches(EventColumns.TryRead(Encoding.UTF8.GetBytes(Line))!));
    }

    [Theory]
    [InlineData("monitor=In", "monitor", "in")]
    [InlineData("kind=Renamd", "kind", "Renamed")]
    [InlineData("origin=live,Ofline", "origin", "Offline")]
    [InlineData("origin=1", "origin", null)]
    [InlineData("path=/a&glob=/b", "glob", null)]
    [InlineData("sha256=ba78", "sha256", null)]
    [InlineData("sha256=xx7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "sha256", null)]
    [InlineData("from=yesterday", "from", null)]
    [InlineData("from=10", "from", null)]
    [InlineData("to=2026-13-01T00:00:00Z", "to", null)]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-02-01T00:00:00Z", "to", null)]
    [InlineData("sequence=7", "sequence", null)]
    [InlineData("monitor=in&sequence=0", "sequence", null)]
    [InlineData("monitor=in&sequence=9223372036854775808", "sequence", null)]
    [InlineData("id=7", "id", null)]
    [InlineData("usr=alice", "usr", "user")]
    public void What_is_none_is_refused(string query, string parameter, string? meant)
    {
        var (_, problem) = Read(query);

        Assert.Equal((parameter, meant), (problem?.Parameter, problem?.DidYouMean));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{\"sequence\":1")]
    [InlineData("{\"sequence\":1}{}")]
    public void What_is_no_object_has_no_columns(string line) => Assert.Null(EventColumns.TryRead(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("""{"kind":"Started","at":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"sequence":"7","path":7,"kind":{},"actor":7,"size":1e99,"id":"7","occurredAt":"now"}""")]
    [InlineData("""{"sequence":7.5,"path":"\ud800","actor":{"userName":{"a":[1]}}}""")]
    public void What_is_not_as_an_event_has_it_is_not_there(string line)
    {
        var columns = EventColumns.TryRead(Encoding.UTF8.GetBytes(line))!;

        Assert.Equal((null, null, null), (columns.Sequence, columns.Path, columns.UserName));
        Assert.False(Read("").Filter.Matches(columns));
    }

    private static (SearchFilter Filter, QueryProblem? Problem) Read(string text)
    {
        var query = new StrictQuery(new QueryCollection(QueryHelpers.ParseQuery(text)), [.. SearchFilter.Parameters]);
        return (SearchFilter.Read(query, ["in", "out"], DateTimeOffset.UnixEpoch), query.Problem);
    }
}
