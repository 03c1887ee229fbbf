using FileMonitor.Extending;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A directory below a root: one of the tree, or one found on disk that has only a path.</summary>
internal readonly record struct FanotifyPlace(MonitoredRoot Root, FanotifyDirectory? Directory, string? Path);

/// <summary>Finds on disk the directory of a handle that is not in the tree.</summary>
internal delegate bool DirectoryResolver(ReadOnlySpan<byte> handle, out FanotifyPlace place);

/// <summary>Finds on disk the handle of a directory, which kernels before 5.17 do not report. Returns its length, or -1.</summary>
internal delegate int HandleFinder(FanotifyDirectory parent, string name, Span<byte> handle);

/// <summary>Finds on disk where a directory is now. False when it is gone.</summary>
/// <param name="handle">The directory.</param>
/// <param name="parent">Receives the handle of the parent directory.</param>
/// <param name="length">The length of that handle.</param>
/// <param name="name">Its name in the parent.</param>
internal delegate bool DirectoryLocator(ReadOnlySpan<byte> handle, Span<byte> parent, out int length, out string name);
