"""Which reader a data folder needs; each brings packages of its own, and only where it is used."""

from pathlib import Path

from xverify.training.data import DataSet


def read_data(folder: Path, *, download: bool = False) -> DataSet:
    """CIFAR-10 as torchvision keeps it, where `folder` holds that or `download` is set; else a folder of images.

    Raises:
        XverifyError: The data are missing, incomplete, damaged, or laid out in another way.
    """
    if download or (folder / "cifar-10-batches-py").is_dir():
        from xverify.training.cifar_archive import read_cifar_archive

        return read_cifar_archive(folder, download=download)
    from xverify.training.image_folder import read_image_folder

    return read_image_folder(folder)
