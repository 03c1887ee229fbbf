using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>One file as a root, over several runs.</summary>
public sealed class FileRootRestartTests : IDisposable
{
    private readonly DurableHost _host = new();

    public FileRootRestartTests() => _host.Configure = options =>
    {
        options.Roots.Clear();
        options.AddFile(_host.PathOf("a/config.json"));
        options.AddFile(_host.PathOf("a/other.json"));
    };

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task What_the_path_leads_to_now_is_compared_with_what_it_led_to()
    {
        _host.Write("1", "one");
        _host.Write("2", "two");
        _host.Write("a/beside", "x");
        File.CreateSymbolicLink(_host.PathOf("a/config.json"), "../1");
        (await _host.RunAsync()).Should().BeEmpty("the first start writes the baseline");

        File.Delete(_host.PathOf("a/config.json"));
        File.CreateSymbolicLink(_host.PathOf("a/config.json"), "../2");
        _host.Write("a/other.json", "other");
        _host.Write("a/beside", "y");
        var changed = await _host.RunAsync();
        Directory.Delete(_host.PathOf("a"), recursive: true);
        var gone = await _host.RunAsync();

        changed.Select(Describe).Should().BeEquivalentTo($"Modified Offline {_host.PathOf("a/config.json")}", $"Created Offline {_host.PathOf("a/other.json")}");
        changed.Single(one => one.Kind == AuditEventKind.Modified).PreviousSize.Should().Be(3);
        gone.Select(Describe).Should().BeEquivalentTo($"Deleted Offline {_host.PathOf("a/config.json")}", $"Deleted Offline {_host.PathOf("a/other.json")}");
        (await _host.RunAsync()).Should().BeEmpty("nothing has changed since");
    }

    private static string Describe(AuditEvent one)
    {
        (one.Root, one.RelativePath).Should().Be((one.Path, ""));
        return $"{one.Kind} {one.Origin} {one.Path}";
    }
}
