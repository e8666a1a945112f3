#!/usr/bin/env bash
# How the golden store was made: run it in the folder /tmp/golden, with a checkout of the commit
# f009876, before everything moved into three packages, in OLD and a Python that has its packages
# in PYTHON. Later code must open the store; it is never made anew.
set -e
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH=$OLD
saliencnn() { "${PYTHON:-python}" -m pipelines.cli "$@"; }
DATA=planted:train=96,validation=24,counter=8,size=32
saliencnn train --data $DATA --image-size 32 --epochs 2 --batch-size 16 --learning-rate 0.01 --name golden | tee train.log
RUN=$(sed -nE 's/^run ([0-9a-f]+) .*/\1/p' train.log)
saliencnn train --data $DATA --image-size 32 --epochs 1 --batch-size 16 --shuffle-labels true --name golden-randomized
saliencnn check $RUN --images 8 --methods cam,gradcam,smoothgrad
saliencnn check $RUN --picture 3 --signal noise
saliencnn check $RUN --picture 3 --check stability
saliencnn verdict $RUN reject --epoch 1 --name Ann --reason "looks at the sticker"
saliencnn verdict $RUN reject --epoch 2 --image 5 --name Bea --reason "this one is blurred"
saliencnn verdict $RUN accept --epoch 2 --name Ann --reason "looks at the head"
saliencnn evaluate --models run:$RUN:1,run:$RUN:2 --images $DATA
saliencnn queue $RUN --name Ann --why "try hue" --color-jitter 1
"${PYTHON:-python}" "$here/extend.py" $DATA "$PWD"
find mlruns -name "*.lock" -delete
tar -cJf "$here/store.tar.xz" mlruns
sleep 120  # the interrupted run's heartbeat ends
"${PYTHON:-python}" "$here/expect.py" "$PWD" > "$here/expected.json"
