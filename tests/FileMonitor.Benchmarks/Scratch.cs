namespace FileMonitor.Benchmarks;

/// <summary>A temporary directory with one that is watched in it and one beside that on the same file system.</summary>
internal sealed class Scratch : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly string _directory;

    private Scratch(string directory)
    {
        _directory = directory;
        Watched = Directory.CreateDirectory(Path.Join(directory, "watched")).FullName;
        Outside = Directory.CreateDirectory(Path.Join(directory, "outside")).FullName;
    }

    public string Watched { get; }

    public string Outside { get; }

    /// <summary>In the temporary directory: what is written there is written to a disk.</summary>
    public static Scratch OnDisk() => new(Directory.CreateTempSubdirectory("fm-bench").FullName);

    /// <summary>In memory, where there is room for so many bytes: a million files are made sooner there, and looked at as they are in a warm cache.</summary>
    public static Scratch InMemory(long bytes) =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > bytes
            ? new(Directory.CreateDirectory(Path.Join(Memory, $"fm-bench-{Guid.NewGuid():n}")).FullName)
            : OnDisk();

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
