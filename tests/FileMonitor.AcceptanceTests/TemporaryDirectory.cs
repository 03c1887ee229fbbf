namespace FileMonitor.AcceptanceTests;

/// <summary>A directory of its own, for tests that make their monitors themselves.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("filemonitor-");

    public string Root => _directory.FullName;

    public string PathOf(string relativePath) => Path.Join(Root, relativePath);

    public void Dispose() => _directory.Delete(recursive: true);
}
