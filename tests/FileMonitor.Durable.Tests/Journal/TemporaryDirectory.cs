namespace FileMonitor.Durable.Tests.Journal;

/// <summary>A directory of its own, for its owner only.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("filemonitor-journal-");

    public string Root => _directory.FullName;

    public string PathOf(string name) => Path.Join(Root, name);

    /// <summary>A copy of a journal, which a test may change.</summary>
    public string CopyOf(string journal, string name)
    {
        var copy = PathOf(name);
        if (Directory.Exists(copy))
        {
            Directory.Delete(copy, recursive: true);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(copy);
        }
        else
        {
            Directory.CreateDirectory(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var file in Directory.EnumerateFiles(journal))
        {
            File.Copy(file, Path.Join(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
