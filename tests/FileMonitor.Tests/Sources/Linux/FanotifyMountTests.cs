using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>With file systems mounted below a root, and over it. For root only.</summary>
[Collection(nameof(FanotifyLifeTests))]
public sealed class FanotifyMountTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_system_mounted_below_a_root_is_watched_too()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("d/m/below")));
        await bench.HintsAsync();
        using var mount = Mounted.At(bench.At("d/m"), "-t tmpfs none");
        await bench.Heard.HeardAsync("lost SourceRestarted 'd/m'");
        await bench.HintsAsync();

        Directory.CreateDirectory(bench.At("d/m/x/y"));
        await File.WriteAllTextAsync(bench.At("d/m/x/y/f"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created d/m/x finished", "Created d/m/x/y finished", "Created d/m/x/y/f finished");

        bench.Heard.Clear();
        mount.Dispose();
        await bench.Heard.HeardAsync("lost SourceRestarted 'd/m'");
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("d/m/below/f"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created d/m/below/f finished");
        bench.Source.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_system_that_is_there_at_the_start_is_found_by_the_scan()
    {
        Mounted? mount = null;
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            Directory.CreateDirectory(start.At("a/m"));
            mount = Mounted.At(start.At("a/m"), "-t tmpfs none");
            Directory.CreateDirectory(start.At("a/m/x"));
        });
        using var mounted = mount!;
        await bench.HintsAsync();

        await File.WriteAllTextAsync(bench.At("a/m/x/f"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Created a/m/x/f finished");
    }

    [Fact]
    public async Task A_root_that_is_unmounted_and_mounted_again_at_once_does_not_stay_deaf()
    {
        await using var image = await Image.MakeAsync();
        Mounted? mount = null;
        await using var bench = await FanotifyBench.StartAsync(start => mount = Mounted.At(start.Root.Path, $"-o loop {image.Path}"));
        using var mounted = mount!;
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("before"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created before finished");

        await Shell.RunAsync($"umount {bench.Root.Path} && mount -o loop {image.Path} {bench.Root.Path} && mkdir {bench.At("d")}");
        await bench.Heard.HeardAsync("lost SourceRestarted ''");
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("d/after"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Created d/after finished");
    }

    [Fact]
    public async Task What_is_shown_at_two_places_is_said_to_be()
    {
        Mounted? mount = null;
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            Directory.CreateDirectory(start.At("a/x"));
            Directory.CreateDirectory(start.At("b"));
            mount = Mounted.At(start.At("b"), $"--bind {start.At("a/x")}");
        });
        using var mounted = mount!;

        await bench.Heard.HeardAsync("uncovered PartialCoverage 'b'");
        bench.Source.Problems.Should().ContainSingle().Which.Should().Contain("bind mount");
        mounted.Dispose();
        await bench.Heard.HeardAsync("covered PartialCoverage 'b'");
        bench.Source.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_watched_below_a_root_is_said()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("p")));
        await bench.HintsAsync();
        using var mounted = Mounted.At(bench.At("p"), "-t proc none");

        await bench.Heard.HeardAsync("uncovered PartialCoverage 'p'");
        bench.Source.Problems.Should().ContainSingle().Which.Should().Contain(bench.At("p"));
        await bench.HintsAsync();
        bench.Heard.Compared.Should().Equal(["p"], "a flush compares it, and nothing else");
        mounted.Dispose();
        await bench.Heard.HeardAsync("covered PartialCoverage 'p'");
        bench.Source.Problems.Should().BeEmpty();
    }

    private sealed class Image(string path) : IAsyncDisposable
    {
        public string Path { get; } = path;

        public static async Task<Image> MakeAsync()
        {
            var path = System.IO.Path.GetTempFileName();
            await using (var file = File.OpenWrite(path))
            {
                file.SetLength(8 * 1024 * 1024);
            }

            Mounted.RunOrSkip($"mkfs.ext4 -q -F '{path}'");
            return new Image(path);
        }

        public ValueTask DisposeAsync()
        {
            File.Delete(Path);
            return default;
        }
    }
}
