using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What is allocated is counted for the whole process, so nothing else may run beside these.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-memory-").FullName;

    [Fact]
    public async Task Summing_a_file_takes_memory_that_does_not_depend_on_its_size()
    {
        var path = Path.Join(_directory, "file");
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(file, 64 * 1_048_576);
        }

        using var hasher = new FileHasher();
        await hasher.HashAsync(path, TestContext.Current.CancellationToken);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await hasher.HashAsync(path, TestContext.Current.CancellationToken);

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(2 * 1_048_576);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
