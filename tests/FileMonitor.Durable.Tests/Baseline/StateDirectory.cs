using FileMonitor.Durable.Baseline;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>A state directory for one test.</summary>
internal sealed class StateDirectory : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 29, 1, 2, 3, TimeSpan.Zero);

    public string Path { get; } = Directory.CreateTempSubdirectory("fm-durable").FullName;

    public string Database => System.IO.Path.Join(Path, BaselineFile.Name);

    public BaselineStore Open(bool ignoresCase = false) => BaselineStore.Open(Path, Now, ignoresCase);

    /// <summary>What a process that is killed now leaves behind.</summary>
    public StateDirectory AsIfKilled()
    {
        var copy = new StateDirectory();
        foreach (var file in Directory.GetFiles(Path, BaselineFile.Name + "*"))
        {
            File.Copy(file, System.IO.Path.Join(copy.Path, System.IO.Path.GetFileName(file)));
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
